import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import { deferred } from '../fixtures/engine.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { rows, slow } from './jobs.js';
import { type Site, startSite } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows, slow], { paceMs: 1000, answerWithinMs: 5000 });
});
after(() => site.close());

test('every row in every format, also past one page of the store', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { count: '1500', cell: '=cmd "x",\ny' });
  await visitor.drive(path);
  const expected = Array.from({ length: 1500 }, (_, index) => ({
    number: index + 1,
    cell: '=cmd "x",\ny',
    exact: { deep: [index + 1, null, true] },
  }));

  const json = await visitor.get(`${path}/rows.json`);
  assert.equal(json.headers.get('content-disposition'), `attachment; filename=rows-${path.slice(6, 14)}.json`);
  assert.equal(runHeader(json).status, 'done');
  assert.deepEqual(await json.json(), expected);

  const lines = (await (await visitor.get(`${path}/rows.ndjson`)).text()).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    expected,
  );

  const csv = Buffer.from(await (await visitor.get(`${path}/rows.csv`)).arrayBuffer()).toString();
  const records = csv.split('\r\n');
  assert.equal(records[0], '\uFEFF"number","cell","exact"');
  assert.equal(records[1], `1,"'=cmd ""x"",\ny","{""deep"":[1,null,true]}"`);
  assert.equal(records.length, 1502);
  assert.equal(records.at(-1), '');
});

test('a run without rows gives valid empty files', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('slow', { ms: '1' });
  assert.deepEqual(await (await visitor.get(`${path}/rows.json`)).json(), []);
  assert.equal(await (await visitor.get(`${path}/rows.ndjson`)).text(), '');
  const csv = await (await visitor.get(`${path}/rows.csv`)).arrayBuffer();
  assert.deepEqual([...new Uint8Array(csv)], [0xef, 0xbb, 0xbf]);
});

test('a client that leaves ends the reading, and is no fault', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { count: '2000', cell: 'x'.repeat(10_000) });
  await visitor.drive(path);
  const read = site.store.readRows.bind(site.store);
  const gone = deferred();
  let pages = 0;
  site.store.readRows = async (...args) => {
    pages += 1;
    // The second page comes only when the client has gone.
    if (pages === 2) await gone.promise;
    return read(...args);
  };
  // Behind what the site has heard of the connection.
  const heard = async () => (await fetch(`${site.url}/healthz`)).text();
  const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
  await new Promise<void>((resolve, reject) => {
    const request = get(`${site.url}${path}/rows.ndjson`, { headers: { cookie } }, (response) => {
      response.once('data', () => response.destroy());
      response.once('close', resolve);
    });
    request.on('error', reject);
  });
  await heard();
  gone.resolve();
  await heard();
  site.store.readRows = read;
  assert.ok(pages <= 2, `${pages} pages read`);
  assert.deepEqual(site.log, []);
});
