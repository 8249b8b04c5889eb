import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { failRun } from '../../src/core/run-changes.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { failing, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows, failing]);
});
after(() => site.close());

/** The actions that the run's page offers, in order. */
async function offered(visitor: Visitor, path: string): Promise<string[]> {
  const html = await (await visitor.get(path)).text();
  const controls = /<div class="actions">[\s\S]*?<\/div>/.exec(html)?.[0] ?? '';
  return [...controls.matchAll(/(?:action|href)="\/runs\/[\w-]+\/(\w+)"/g)].map((match) => String(match[1]));
}

test('pause, resume and cancel lead back to the run, and only what is allowed is offered', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  assert.deepEqual(await offered(visitor, path), ['pause', 'cancel']);
  const steps = [
    ['pause', 'paused', ['resume', 'cancel']],
    ['resume', 'running', ['pause', 'cancel']],
    ['cancel', 'cancelled', []],
  ] as const;
  for (const [action, status, then] of steps) {
    const response = await visitor.submit(path, `${path}/${action}`);
    assert.equal(response.status, 303);
    assert.equal(response.headers.get('location'), path);
    assert.equal(runHeader(response).status, status);
    assert.deepEqual(await offered(visitor, path), then);
  }
});

test('what the status forbids is a 409 page about the run', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  for (const action of ['resume', 'retry', 'skip']) {
    const response = await visitor.submit(path, `${path}/${action}`);
    assert.equal(response.status, 409, action);
    assert.equal(runHeader(response).status, 'running');
    assert.match(await response.text(), new RegExp(`href="${path}"`));
  }
});

test('a failed run says why, and goes on after retry or skip', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('failing');
  const { response } = await visitor.drive(path);
  assert.equal(runHeader(response).status, 'failed');
  assert.match(await response.text(), /Step 2 failed[\s\S]*The page has no table\./);
  assert.deepEqual(await offered(visitor, path), ['retry', 'skip', 'cancel']);
  assert.equal(runHeader(await visitor.submit(path, `${path}/retry`)).status, 'running');
  await visitor.drive(path);
  assert.equal(runHeader(await visitor.submit(path, `${path}/skip`)).status, 'running');
  const done = await visitor.drive(path);
  assert.deepEqual(runHeader(done.response), { status: 'done', seq: 3, total: 3 });
  assert.match(await done.response.text(), /class="chip skipped"/);
});

test('a POST without a cookie is told about cookies; with a wrong token, about the form', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  const without = await new Visitor(site.url).post(`${path}/cancel`, { _csrf: 'x' });
  assert.equal(without.status, 403);
  assert.match(await without.text(), /Cookies are off/);
  for (const fields of [{}, { _csrf: '' }, { _csrf: 'x'.repeat(22) }] as Record<string, string>[]) {
    const wrong = await visitor.post(`${path}/cancel`, fields);
    assert.equal(wrong.status, 403);
    assert.match(await wrong.text(), /nothing is lost/);
  }
  assert.equal(runHeader(await visitor.get(path)).status, 'running');
});

test('the actions are POST only', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  for (const action of ['pause', 'resume', 'retry']) {
    assert.equal((await visitor.get(`${path}/${action}`)).status, 404, action);
  }
  assert.equal(runHeader(await visitor.get(path)).status, 'running');
});

test('what is for good is asked about on a page that stays, does nothing, and says what it is about', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { cell: 'pear' });
  const asked = await visitor.get(`${path}/cancel`);
  const html = await asked.text();
  assert.match(html, /Cancel this run\?[\s\S]*pear[\s\S]*0 of 3 steps[\s\S]*the run waits/);
  assert.doesNotMatch(html, /http-equiv="refresh"|id="next"/);
  assert.deepEqual(runHeader(await visitor.get(path)), { status: 'running', seq: 0, total: 3 });
  assert.equal((await visitor.get(`${path}/skip`)).status, 409, 'no step has failed');
  assert.equal(runHeader(await visitor.submit(`${path}/cancel`, `${path}/cancel`)).status, 'cancelled');
  assert.equal((await visitor.get(`${path}/cancel`)).status, 409);
  assert.equal((await new Visitor(site.url).get(`${path}/cancel`)).status, 404);

  const failed = await visitor.start('failing');
  await visitor.drive(failed);
  assert.match(await (await visitor.get(`${failed}/skip`)).text(), /Skip this step\?[\s\S]*Step 2/);
  assert.equal(runHeader(await visitor.get(failed)).status, 'failed');
});

test('a run that stopped at a failure can be begun again, also when its job has changed', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('failing');
  await visitor.drive(path);
  const again = new RegExp(`href="/jobs/failing\\?_run=${path.split('/').at(-1)}"`);
  assert.match(await (await visitor.get(path)).text(), again);
  const other = await visitor.start('failing');
  await site.store.change(failRun(other.split('/').at(-1) ?? '', 'version-changed'));
  const html = await (await visitor.get(other)).text();
  assert.match(html, /start a new run[\s\S]*Run again/);
});
