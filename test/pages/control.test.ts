import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
  return [...html.matchAll(/<form method="post" action="\/runs\/[\w-]+\/(\w+)"/g)].map((match) => String(match[1]));
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
  assert.match(await response.text(), /Step 2 gave up[\s\S]*The page has no table\./);
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
  assert.equal((await visitor.get(`${path}/cancel`)).status, 404);
  assert.equal(runHeader(await visitor.get(path)).status, 'running');
});
