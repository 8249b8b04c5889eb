import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { empty, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows, empty]);
});
after(() => site.close());

test('the form shows the defaults, or what the address fills in', async () => {
  const visitor = new Visitor(site.url);
  assert.match(await (await visitor.get('/jobs/rows')).text(), /<input type="number"[^>]* value="3"[^>]* name="count"/);
  const filled = await (await visitor.get('/jobs/rows?count=7&cell=%3C/textarea%3E')).text();
  assert.match(filled, /value="7"[^>]* name="count"/);
  assert.match(filled, />\n&lt;\/textarea&gt;<\/textarea>/);
});

test('a wrong field: 422, what was typed kept, the message at the field, the field focused', async () => {
  const visitor = new Visitor(site.url);
  const response = await visitor.submit('/jobs/rows', '/runs', { job: 'rows', count: '9999', cell: '  two\r\nlines ' });
  assert.equal(response.status, 422);
  const html = await response.text();
  assert.match(html, /role="alert"[\s\S]*<a href="#f-count">count<\/a>: Please type 5,000 or less\./);
  assert.match(
    html,
    /value="9999"[^>]* id="f-count"[^>]* aria-describedby="f-count-error" aria-invalid="true" autofocus/,
  );
  assert.match(html, /<p class="error" id="f-count-error">/);
  assert.match(html, />\n {2}two\nlines <\/textarea>/);
  assert.equal((await site.store.listRuns('anybody', 1)).length, 0);
});

test('a plan that cannot be is said in the form', async () => {
  const visitor = new Visitor(site.url);
  const nothing = await visitor.submit('/jobs/empty', '/runs', { job: 'empty' });
  assert.equal(nothing.status, 422);
  assert.match(await nothing.text(), /gives no step at all/);
  const tooMany = await visitor.submit('/jobs/rows', '/runs', { job: 'rows', count: '2001' });
  assert.equal(tooMany.status, 422);
  assert.match(await tooMany.text(), /more than 2,000 steps[\s\S]*value="2001"/);
});

test('the eleventh unfinished run is refused in the form', async () => {
  const visitor = new Visitor(site.url);
  for (let i = 0; i < 10; i += 1) await visitor.start('rows');
  const response = await visitor.submit('/jobs/rows', '/runs', { job: 'rows', count: '4' });
  assert.equal(response.status, 422);
  assert.match(await response.text(), /already have 10 unfinished runs[\s\S]*value="4"/);
});

test('a job that does not exist', async () => {
  const visitor = new Visitor(site.url);
  assert.equal((await visitor.get('/jobs/nothing')).status, 404);
  assert.equal((await visitor.submit('/jobs/rows', '/runs', { job: 'nothing' })).status, 404);
  assert.equal((await visitor.submit('/jobs/rows', '/runs')).status, 404);
});

test('a finished run offers its form again', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { count: '2', cell: 'a & b\nc' });
  const { response } = await visitor.drive(path);
  const again = /href="(\/jobs\/rows\?[^"]+)"/.exec(await response.text())?.[1]?.replaceAll('&amp;', '&') ?? '';
  assert.match(await (await visitor.get(again)).text(), />\na &amp; b\nc<\/textarea>/);
});

test('another language is asked for with what is typed, and what is wrong is said in it; nothing starts', async () => {
  const visitor = new Visitor(site.url);
  const typed = { job: 'rows', count: '9999', cell: 'kept' };
  const wrong = await (await visitor.submit('/jobs/rows', '/runs', typed)).text();
  const address = /name="_to:form[^"]+" formaction="([^"]+lang=ja)"/.exec(wrong)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const japanese = await visitor.submit('/jobs/rows', address, typed);
  assert.equal(japanese.status, 422);
  const html = await japanese.text();
  assert.match(html, /<html lang="ja">[\s\S]*5,000以下の値[\s\S]*value="9999"[\s\S]*>\nkept<\/textarea>/);
  const right = await visitor.submit('/jobs/rows', '/jobs/rows/form?lang=en', { ...typed, count: '8' });
  assert.equal(right.status, 200);
  assert.match(await right.text(), /<html lang="en">[\s\S]*value="8"[\s\S]*>\nkept<\/textarea>/);
  assert.doesNotMatch(await (await visitor.get('/')).text(), /href="\/runs\//);
});

test('a button that is sent to the form’s own address is understood by what it says it is for', async () => {
  const visitor = new Visitor(site.url);
  const typed = { job: 'rows', count: '8', cell: 'kept' };
  const japanese = await visitor.submit('/jobs/rows', '/runs', { ...typed, '_to:form?lang=ja': '' });
  assert.equal(japanese.status, 200);
  assert.match(await japanese.text(), /<html lang="ja">[\s\S]*value="8"[\s\S]*>\nkept<\/textarea>/);
  assert.match(await (await visitor.get('/')).text(), /<html lang="ja">/);
  const link = await visitor.submit('/jobs/rows', '/runs', { ...typed, '_to:link': '' });
  assert.equal(link.headers.get('location'), '/jobs/rows?count=8&cell=kept');
  assert.equal((await visitor.post('/runs', { ...typed, '_to:link': '' })).status, 403, 'not without a token');
  assert.equal((await visitor.submit('/jobs/rows', '/runs', { ...typed, '_to:../../x': '' })).status, 303);
});

test('a form that is refused for its token comes back with what was typed, and can be sent', async () => {
  const visitor = new Visitor(site.url);
  const typed = { job: 'rows', count: '8', cell: 'kept' };
  const without = await visitor.post('/runs', typed);
  assert.equal(without.status, 403);
  assert.match(await without.text(), /Allow cookies[\s\S]*value="8"/);
  const stale = await visitor.post('/runs', { ...typed, _csrf: 'old' });
  assert.equal(stale.status, 403);
  const html = await stale.text();
  assert.match(html, /too old|earlier visit[\s\S]*value="8"[\s\S]*>\nkept<\/textarea>/);
  const token = /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  assert.equal((await visitor.post('/runs', { ...typed, _csrf: token })).status, 303);
});

test('a fault while a run is started: 500, what was typed kept, a number to report', async () => {
  const visitor = new Visitor(site.url);
  const start = site.runs.start;
  site.runs.start = async () => Promise.reject(new Error('a fault'));
  const response = await visitor.submit('/jobs/rows', '/runs', { job: 'rows', count: '8' });
  site.runs.start = start;
  assert.equal(response.status, 500);
  assert.match(await response.text(), /fault of the server[\s\S]*home page[\s\S]*value="8"/);
  assert.match(site.log.splice(0).join(''), /a fault/);
});
