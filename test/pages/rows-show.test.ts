import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.js';
import { defineJob } from '../../src/core/job.js';
import { RestingTurns } from '../../src/core/resting-turns.js';
import type { Run } from '../../src/core/run.js';
import type { PageDeps } from '../../src/pages/deps.js';
import { readInTurn } from '../../src/pages/run/large-rows.js';
import { Visitor } from '../fixtures/visitor.js';
import { type Site, startSite } from './site.js';

/** A row a step, with a text of so many characters. */
const wordy = defineJob({
  name: 'wordy',
  input: z.object({
    count: z.coerce.number().int(),
    length: z.coerce.number().int(),
    columns: z.coerce.number().int(),
  }),
  plan: ({ count }) => Array.from({ length: count }, (_, i) => i + 1),
  step: async (item: number, { input }) => ({
    rows: [Object.fromEntries(Array.from({ length: input.columns }, (_, i) => [`石${i}`, text(item, input.length)]))],
  }),
});

function text(item: number, length: number): string {
  return `${'飛<'.repeat(length / 2)} end of ${item}.`;
}

let site: Site;
before(async () => {
  site = await startSite([wordy], { paceMs: 1000, answerWithinMs: 5000 });
});
after(() => site.close());

async function start(visitor: Visitor, fields: Record<string, string>): Promise<string> {
  const path = await visitor.start('wordy', fields);
  await visitor.drive(path);
  return path;
}

test('what a table cuts is read in full on the page of rows, all rows of a run from either end', async () => {
  const visitor = new Visitor(site.url);
  const path = await start(visitor, { count: '50', length: '600', columns: '1' });
  const run = await (await visitor.get(path)).text();
  assert.doesNotMatch(run, /end of 50\./);
  const link = new RegExp(`<a href="(${path}/rows)">`).exec(run)?.[1];
  for (const [first, way] of [
    [link, 'before'],
    [`${path}/rows?after=0`, 'after'],
  ] as const) {
    let next: string | undefined = first;
    const seen: string[] = [];
    while (next !== undefined) {
      const html = await (await visitor.get(next)).text();
      assert.ok(Buffer.byteLength(html) < 15_000);
      const ends = [...html.matchAll(/ end of (\d+)\./g)].map((match) => String(match[1]));
      seen.splice(way === 'before' ? 0 : seen.length, 0, ...ends);
      next = new RegExp(`href="(${path}/rows\\?${way}=\\d+)"`).exec(html)?.[1];
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 50 }, (_, i) => String(i + 1)),
    );
  }
});

test('a row too long for a page is cut, and says so', async () => {
  const visitor = new Visitor(site.url);
  await (await visitor.get('/?lang=ja')).text();
  for (const columns of ['1', '100']) {
    const path = await start(visitor, { count: '2', length: '8000', columns });
    const html = await (await visitor.get(`${path}/rows`)).text();
    assert.match(html, /2行目<[\s\S]*この行は長すぎて/);
    assert.ok(Buffer.byteLength(html) < 15_000, `${Buffer.byteLength(html)} bytes`);
  }
});

test('rows are shown to the owner and to those with the link, from wherever they are asked', async () => {
  const visitor = new Visitor(site.url);
  const path = await start(visitor, { count: '3', length: '10', columns: '1' });
  assert.equal((await new Visitor(site.url).get(`${path}/rows`)).status, 404);
  await visitor.submit(`${path}/share`, `${path}/share`);
  const link = /href="(\/shared\/[\w-]+)"/.exec(await (await visitor.get(`${path}/share`)).text())?.[1];
  assert.match(await (await new Visitor(site.url).get(`${link}/rows`)).text(), / end of 3\./);
  for (const query of ['after=3', 'after=999999999999999', 'before=1', 'before=0'])
    assert.match(await (await visitor.get(`${path}/rows?${query}`)).text(), /There are no rows here/, query);
  assert.match(await (await visitor.get(`${path}/rows?after=x`)).text(), / end of 3\./);
});

test('rows that are large are read in turns with downloads, which leave half of the thread to others', async () => {
  const turns = new RestingTurns(systemClock, () => 0);
  const taken = mock.method(turns, 'take');
  for (const [bytes, count] of [
    [1_000_000, 10],
    [1_000_000, 1000],
  ] as const) {
    const run = { bytes, rowCount: count } as Run;
    assert.equal(await readInTurn({ turns } as PageDeps, run, async () => 'rows'), 'rows');
  }
  assert.equal(taken.mock.callCount(), 1);
});
