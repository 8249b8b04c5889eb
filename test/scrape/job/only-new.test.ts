import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/core/clock.js';
import { jobsByName } from '../../../src/core/job.js';
import type { Input } from '../../../src/core/run.js';
import { createEngine } from '../../../src/engine/engine.js';
import { Permission } from '../../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../../src/scrape/job/scrape.js';
import { openSqlite } from '../../../src/store/sqlite/database.js';
import { SqliteStore } from '../../../src/store/sqlite/store.js';
import { SqliteWatches } from '../../../src/store/sqlite/watches.js';
import { pool } from '../../fixtures/pool.js';
import { fetcherFor, serve } from '../fetch/serve.js';

const ROW = { row: 'li', columns: 'name: b\nprice: i | number\nlink: a@href' };
const item = (name: string, price: number) => `<li><b>${name}</b> <i>${price}円</i> <a href="/p/${name}">more</a>`;

/** A shop whose list can change, and runs one after the other that look at it. */
async function shop(t: TestContext, { watches = true } = {}) {
  let items: readonly string[] = [];
  const server = await serve(t, (request, response) => {
    const name = /^\/p\/(\w+)$/.exec(request.url ?? '')?.[1];
    response.end(name === undefined ? `<ul>${items.join('')}</ul>` : `<h1>Maker of ${name}</h1>`);
  });
  const fetcher = fetcherFor(t, { allowHosts: [server.host] });
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  const job = createScrapeJob({ fetcher, permission, pool, minDelayMs: 0 });
  const db = openSqlite(':memory:');
  const store = new SqliteStore(db, systemClock);
  const { runs, driver } = createEngine({
    jobs: jobsByName([job]),
    store,
    watches: watches ? new SqliteWatches(db, systemClock) : null,
    clock: systemClock,
    budget: { paceMs: 1000, answerWithinMs: 5000 },
    maxSteps: 1000,
  });
  t.after(() => driver.stop());
  const look = async (typed: Record<string, string>, shown: readonly string[], visitorId = 'visitor') => {
    items = shown;
    const input = job.input.parse({ urls: `${server.origin}/`, delay: '0', ...ROW, ...typed }) as Input;
    let run = await runs.start(job, input, { visitorId, network: null });
    while (run.status === 'running') run = (await driver.advance(run, run.seq)).run;
    const rows = (await store.listRows(run.id, 0, 100)).map(({ row }) => row);
    return { run, rows: rows.map(({ page: _, link: __, ...cells }) => Object.values(cells).join(' ')) };
  };
  return { ...server, look, store };
}

test('only rows that no run had before are kept, known by their links', async (t) => {
  const { look } = await shop(t);
  const typed = { keep: 'new' };
  assert.deepEqual((await look(typed, [item('A', 1), item('B', 2)])).rows, ['A 1', 'B 2']);
  const second = await look(typed, [item('C', 3), item('B', 9), item('A', 1)]);
  assert.deepEqual(second.rows, ['C 3']);
  assert.deepEqual([second.run.stats['tobiishi/rows_new'], second.run.stats['tobiishi/rows_changed']], [1, 1]);
  assert.deepEqual((await look(typed, [item('B', 2)])).rows, []);
  assert.deepEqual((await look(typed, [item('B', 2)], 'somebody else')).rows, ['B 2']);
});

test('rows are known by the columns that were chosen', async (t) => {
  const { look } = await shop(t);
  const typed = { keep: 'new', newBy: 'name, price' };
  await look(typed, [item('A', 1)]);
  assert.deepEqual((await look(typed, [item('A', 2), item('A', 1)])).rows, ['A 2']);
});

test('all rows are kept and marked', async (t) => {
  const { look } = await shop(t);
  const typed = { keep: 'marked' };
  assert.deepEqual((await look(typed, [item('A', 1), item('B', 2)])).rows, ['new A 1', 'new B 2']);
  assert.deepEqual((await look(typed, [item('B', 5), item('A', 1), item('C', 3)])).rows, [
    'changed B 5',
    'same A 1',
    'new C 3',
  ]);
});

test('the pages of rows that are known from their list are not opened again', async (t) => {
  const { look, requests } = await shop(t);
  const typed = { keep: 'new', columns: `${ROW.columns}\nmaker: detail: h1`, detail: 'a' };
  assert.deepEqual((await look(typed, [item('A', 1)])).rows, ['A 1 Maker of A']);
  requests.length = 0;
  assert.deepEqual((await look(typed, [item('A', 1), item('B', 2)])).rows, ['B 2 Maker of B']);
  assert.deepEqual(requests, ['/', '/p/B']);
});

test('where nothing is kept from run to run, the pages fail and say so', async (t) => {
  const { look, store } = await shop(t, { watches: false });
  const { run } = await look({ keep: 'new' }, [item('A', 1)]);
  assert.equal((await store.listFailures(run.id, null, 9))[0]?.failure?.code, 'watch-unavailable');
});
