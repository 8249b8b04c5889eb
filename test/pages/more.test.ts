import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import { StepError } from '../../src/core/errors.js';
import { defineJob } from '../../src/core/job.js';
import untidy from '../fixtures/jobs/untidy.js';
import { until } from '../fixtures/patience.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { rows, slow } from './jobs.js';
import { type Site, startSite } from './site.js';

/** Fails at its even items until `mended`. */
let mended = false;
const flaky = defineJob({
  name: 'flaky',
  onFailure: 'continue',
  input: z.object({}),
  plan: () => [1, 2, 3, 4],
  warnings: () => [{ code: 'led-on', message: 'It led on.', params: {}, isWarning: true, action: 'retry-failed' }],
  async step(item: number) {
    if (item % 2 === 0 && !mended) throw new StepError('no-table', 'The page has no table.', { retry: false });
    return { rows: [{ number: item }] };
  },
});

/** Fails at every one of its long addresses. */
const distant = defineJob({
  name: 'distant',
  onFailure: 'continue',
  input: z.object({}),
  plan: () => Array.from({ length: 22 }, (_, index) => `https://example.org/${'x'.repeat(170)}/${index - 1}`),
  describe: (item) => item,
  async step() {
    throw new StepError('no-table', 'The page has no table.', { retry: false });
  },
});

/** The second step has to wait for its host. */
const mannered = defineJob({
  name: 'mannered',
  input: z.object({}),
  plan: () => [1, 2],
  turnKey: () => 'example.org',
  async step(_item: number, { turn }) {
    await turn('example.org', 60_000);
    return {};
  },
});

let site: Site;
before(async () => {
  site = await startSite([rows, slow, mannered, flaky, distant, untidy], { paceMs: 1000, answerWithinMs: 3000 });
});
after(() => site.close());

test('a run is deleted after asking, and is gone for everybody', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  await visitor.drive(path);
  const asked = await (await visitor.get(`${path}/delete`)).text();
  assert.match(asked, /Delete this run\?[\s\S]*3 of 3 steps/);
  assert.equal(runHeader(await visitor.get(path)).status, 'done', 'asking deletes nothing');
  const deleted = await visitor.submit(`${path}/delete`, `${path}/delete`);
  assert.equal(deleted.status, 303);
  assert.equal(deleted.headers.get('location'), '/');
  assert.equal(deleted.headers.get('tobiishi-run'), null);
  assert.equal((await visitor.get(path)).status, 404);
  assert.doesNotMatch(await (await visitor.get('/')).text(), new RegExp(path));
});

test('deleting aborts the step at work', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('slow', { ms: '3600000' });
  const answered = visitor.get(`${path}?seq=0`);
  await until('the step is at work', () => site.driver.load.runs === 1);
  await visitor.submit(`${path}/delete`, `${path}/delete`);
  await answered;
  await until('none is', () => site.driver.load.runs === 0);
});

test('a link that shares a run shows it to anybody, drives nothing, and can be taken back', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  const shared = await visitor.submit(`${path}/share`, `${path}/share`);
  assert.equal(shared.headers.get('location'), `${path}/share`);
  const link = /href="(\/shared\/[\w-]{22})"/.exec(await (await visitor.get(`${path}/share`)).text())?.[1] ?? '';
  assert.ok(link);

  const colleague = new Visitor(site.url);
  const response = await colleague.get(`${link}?seq=0`);
  assert.equal(response.headers.get('x-robots-tag'), 'noindex');
  assert.equal(response.headers.get('set-cookie'), null);
  assert.deepEqual(runHeader(response), { status: 'running', seq: 0, total: 3 });
  const html = await response.text();
  assert.doesNotMatch(html, /<form|<button|_csrf|id="next"/);
  assert.ok(html.includes(`content="5;url=${link}"`));
  assert.doesNotMatch(
    await (await colleague.get(`${link}?still=1`)).text(),
    /http-equiv="refresh"|location\.reload\(\)},/,
  );

  await visitor.submit(path, `${path}/pause`);
  assert.match(await (await colleague.get(link)).text(), /Whoever started it can let it go on/);
  await visitor.submit(path, `${path}/resume`);
  await visitor.drive(path);
  assert.equal(runHeader(await colleague.get(link)).status, 'done');
  const download = await colleague.get(`${link}/rows.json`);
  assert.equal(download.headers.get('x-robots-tag'), 'noindex');
  assert.equal(((await download.json()) as unknown[]).length, 3);
  assert.equal((await colleague.get(path)).status, 404, 'the link gives nothing else');

  const asked = await (await visitor.get(`${path}/unshare`)).text();
  assert.match(asked, /Take the link back\?/);
  assert.equal((await colleague.get(link)).status, 200, 'asking takes nothing back');
  await visitor.submit(`${path}/unshare`, `${path}/unshare`);
  assert.equal((await visitor.get(`${path}/unshare`)).status, 409);
  for (const address of [link, `${link}/rows.csv`, '/shared/x', `/shared/${'A'.repeat(22)}`]) {
    const gone = await colleague.get(address);
    assert.equal(gone.status, 404, address);
    assert.equal(gone.headers.get('x-robots-tag'), 'noindex', address);
    assert.match(await gone.text(), /leads nowhere/);
  }
  await visitor.submit(`${path}/share`, `${path}/share`);
  assert.doesNotMatch(await (await visitor.get(`${path}/share`)).text(), new RegExp(link), 'another link');
});

test('only its owner shares or deletes a run', async () => {
  const path = await new Visitor(site.url).start('rows');
  const other = new Visitor(site.url);
  for (const action of ['share', 'unshare', 'delete', 'retry-failed']) {
    assert.equal((await other.submit('/jobs/rows', `${path}/${action}`)).status, 404, action);
  }
});

test('the failed steps alone are run again, in a run of their own', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('flaky');
  assert.equal((await visitor.submit(path, `${path}/retry-failed`)).status, 409, 'not while more may fail');
  const { response } = await visitor.drive(path);
  const text = await response.text();
  assert.doesNotMatch(text, /Retry the/, 'the job says that trying again cannot help');
  assert.match(text, /It led on\.[\s\S]*retry-failed[\s\S]*Go on from the failed page/);
  mended = true;
  const again = await visitor.submit('/jobs/flaky', `${path}/retry-failed`);
  assert.equal(again.status, 303);
  const next = again.headers.get('location') ?? '';
  assert.notEqual(next, path);
  const done = await visitor.drive(next);
  assert.deepEqual(runHeader(done.response), { status: 'done', seq: 2, total: 2 });
  assert.deepEqual(await (await visitor.get(`${next}/rows.json`)).json(), [{ number: 2 }, { number: 4 }]);
  const doneText = await done.response.text();
  assert.match(doneText, new RegExp(`<a href="${path}">The run that these failed steps come from`));
  assert.doesNotMatch(doneText, /Go on from/, 'nothing failed');
  assert.match(
    await (await visitor.get(path)).text(),
    new RegExp(`<a href="${next}">The run that repeats the failed steps`),
  );
  assert.equal((await visitor.submit('/jobs/flaky', `${next}/retry-failed`)).status, 409, 'nothing failed');
});

test('failures as CSV, past one page of the store', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('untidy', { count: '1300', bad: '1' });
  await visitor.drive(path);
  const response = await visitor.get(`${path}/failures.csv`);
  assert.match(response.headers.get('content-disposition') ?? '', /untidy-[\w-]{8}-failures\.csv/);
  const lines = (await response.text()).trimEnd().split('\r\n');
  assert.equal(lines.length, 1301);
  assert.equal(lines[0]?.replace('\uFEFF', ''), '"seq","position","status","item","code","reason","attempts"');
  assert.match(
    lines[1] ?? '',
    /^1300,\d+,"failed","https:\/\/example\.org\/\d+","http-status","The host answered with status 404\.",1$/,
  );
  assert.equal(new Set(lines.map((line) => line.split(',')[1])).size, 1301);
});

test('figures by their meaning and by their names', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('untidy');
  const { response } = await visitor.drive(path);
  const html = await response.text();
  assert.match(
    html,
    /Answers with status 404<\/th><td class="number">3<\/td><td><code>downloader\/response_status_count\/404/,
  );
  assert.deepEqual(await (await visitor.get(`${path}/figures.json`)).json(), {
    'downloader/request_count': 9,
    'downloader/response_status_count/200': 6,
    'downloader/response_status_count/404': 3,
    'tobiishi/failed_count': 3,
    'tobiishi/bytes': 3711,
    finish_reason: 'finished',
  });
  assert.match(html, /How the run ended<\/th><td class="number">finished<\/td><td><code>finish_reason/);
});

test('failures say how often they were tried, and of which page, in whole', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('distant');
  const { response } = await visitor.drive(path);
  const html = await response.text();
  assert.ok(html.includes(`<span class="item">https://example.org/${'x'.repeat(170)}/20</span>`));
  assert.match(html, /The page has no table\. One attempt\.<\/span>/);
  assert.equal(html.match(/class="why"/g)?.length, 20);
  assert.ok(Buffer.byteLength(html) < 15_000, `${Buffer.byteLength(html)} bytes`);
});

test('a workbook of every row, in which texts are texts', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { count: '1500', cell: '=1+1 <&>\u0001_x0041_ 𠮷' });
  await visitor.drive(path);
  const response = await visitor.get(`${path}/rows.xlsx`);
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
  const text = (name: string) => new TextDecoder().decode(files[name]);
  assert.ok(files['[Content_Types].xml']);
  const sheet = text('xl/worksheets/sheet1.xml');
  assert.equal(sheet.match(/<row /g)?.length, 1501);
  assert.match(
    sheet,
    /<c r="A1501"><v>1500<\/v><\/c><c r="B1501" t="inlineStr"><is><t>=1\+1 &lt;&amp;&gt;_x005F_x0041_ 𠮷</,
  );
  assert.match(text('xl/workbook.xml'), /<sheet name="rows" sheetId="1" r:id="rId1"\/>/);
  const none = await visitor.start('slow', { ms: '1' });
  const empty = unzipSync(new Uint8Array(await (await visitor.get(`${none}/rows.xlsx`)).arrayBuffer()));
  assert.match(new TextDecoder().decode(empty['xl/worksheets/sheet1.xml']), /<sheetData><\/sheetData>/);
});

test('the answer times of the run last asked for are drawn, thirty at most', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { count: '2' });
  assert.doesNotMatch(await (await visitor.get(path)).text(), /class="answers"/);
  for (let i = 0; i < 40; i += 1) await (await visitor.get(`${path}?seq=0`)).text();
  const html = await (await visitor.get(path)).text();
  const chart = /<div class="answers">[\s\S]*?<\/div>/.exec(html)?.[0] ?? '';
  assert.equal(chart.match(/v-\d+h\d+v\d+z/g)?.length, 30);
  assert.match(chart, /[\d.]+ sec at most[\s\S]*Goal: within 3 sec\. Limit of the host, assumed: 10 sec\./);
  const other = await visitor.start('rows', { count: '2' });
  await (await visitor.get(`${other}?seq=0`)).text();
  assert.doesNotMatch(await (await visitor.get(path)).text(), /class="answers"/);
});

test('plain pages carry the same form and script as quiet ones, and are chosen and left by a link', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('slow');
  const quiet = await (await visitor.get(path)).text();
  assert.match(quiet, /<script src="\/quiet\.js\?v=[\w-]+"><\/script>/);
  const link = new RegExp(`href="(${path}\\?pages=plain)"`).exec(quiet)?.[1] ?? '';
  const plain = await (await visitor.get(link)).text();
  assert.doesNotMatch(plain, /quiet\.js|data-wait|moving\.css/);
  assert.match(quiet, /moving\.css/);
  assert.match(quiet, /data-wait="0" data-patience="3000" data-status="running"/);
  const next = (html: string) => /<form id="next"[\s\S]*?<\/script>/.exec(html)?.[0].replace(/nonce="[^"]+"/, '');
  assert.equal(next(quiet), next(plain));
  assert.doesNotMatch(await (await visitor.get(path)).text(), /quiet\.js/, 'kept in the session');
  assert.ok(plain.includes(`href="${path}?pages=quiet"`));
  assert.match(await (await visitor.get(`${path}?pages=quiet`)).text(), /quiet\.js/);
});

test('a step that waits for a host says for which', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('mannered');
  await (await visitor.get(`${path}?seq=0`)).text();
  const html = await (await visitor.get(`${path}?seq=1`)).text();
  assert.match(
    html,
    /Waiting <time id="left" datetime="PT(60S">1 min|([345]\d)S">\2 sec)<\/time> for example\.org, as politeness asks\. Then comes step 2\./,
  );
});

test('a host that asked to be left alone is said to, and until when', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('mannered');
  await (await visitor.get(`${path}?seq=0`)).text();
  const pausedUntil = Date.now() + 90_000;
  await site.store.pauseTurns('example.org', 90_000);
  const html = await (await visitor.get(`${path}?seq=1`)).text();
  const told = Date.parse(/until <time datetime="([^"]+)" class="soon">/.exec(html)?.[1] ?? '');
  assert.ok(Math.abs(told - pausedUntil) < 10_000, `until ${told}, not ${pausedUntil}`);
  assert.match(
    html,
    /example\.org asked to be left alone until <time[^>]+>\d\d:\d\d:\d\d [^<]+<\/time>, in <time [^>]+>1 min \d+ sec<\/time>\. Then comes step 1\./,
  );
});

test('every recorded step as CSV, with its note', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('untidy', { count: '1300', bad: '1' });
  await visitor.drive(path);
  const lines = (await (await visitor.get(`${path}/steps.csv`)).text()).trimEnd().split('\r\n');
  assert.equal(lines.length, 1301);
  assert.equal(lines[0]?.replace('\uFEFF', ''), '"seq","position","status","attempts","item","note","failure"');
  assert.match(
    lines[1] ?? '',
    /^\d+,1,"failed",1,"https:\/\/example\.org\/\d+",,"The host answered with status 404\."$/,
  );
  assert.equal((await new Visitor(site.url).get(`${path}/steps.csv`)).status, 404);
});
