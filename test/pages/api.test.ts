import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { failing, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows, failing]);
});
after(() => site.close());

async function makeToken(visitor: Visitor, label = 'a script'): Promise<string> {
  const page = await (await visitor.submit('/tokens', '/tokens', { label })).text();
  return /value="(tobiishi_[\w-]{43})"/.exec(page)?.[1] ?? assert.fail(page);
}

/** A program that has nothing but the token. */
function program(token: string, url = site.url) {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  return {
    get: (path: string) => fetch(`${url}${path}`, { headers, redirect: 'manual' }),
    post: (path: string, fields: Record<string, string> = {}) =>
      fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' }),
  };
}

it('with a token, a program starts a run, drives it and reads its rows; no cookie is set', async () => {
  const visitor = new Visitor(site.url);
  const { get, post } = program(await makeToken(visitor));
  const started = await post('/runs', { job: 'rows' });
  assert.equal(started.status, 303);
  assert.equal(started.headers.get('set-cookie'), null);
  const path = started.headers.get('location') ?? '';
  let run = await (await get(path)).json();
  while (run.status === 'running') run = await (await get(`${path}?seq=${run.seq}`)).json();
  assert.equal(run.status, 'done');
  assert.equal((await (await get(`${path}/rows.json`)).json()).length, run.rowCount);
  assert.match(await (await visitor.get('/')).text(), new RegExp(`href="${path}"`), 'the visitor sees it, too');
});

it('a program pauses, resumes and cancels, and is told what cannot be', async () => {
  const { get, post } = program(await makeToken(new Visitor(site.url)));
  const path = (await post('/runs', { job: 'rows' })).headers.get('location') ?? '';
  for (const [action, status] of Object.entries({ pause: 'paused', resume: 'running', cancel: 'cancelled' })) {
    assert.equal((await post(`${path}/${action}`)).headers.get('location'), path);
    assert.equal((await (await get(path)).json()).status, status);
  }
  const refused = await post(`${path}/pause`);
  assert.deepEqual([refused.status, (await refused.json()).error], [409, 'wrong-status']);
  const wrong = await post('/runs', { job: 'rows', count: 'many' });
  assert.equal(wrong.status, 422);
  assert.ok((await wrong.json()).fields.some(({ error }: { error: string | null }) => error !== null));
});

it('the list of jobs and runs can be read and searched', async () => {
  const { get, post } = program(await makeToken(new Visitor(site.url)));
  await post('/runs', { job: 'rows', cell: 'needle' });
  await post('/runs', { job: 'failing' });
  const { jobs, runs } = await (await get('/')).json();
  assert.deepEqual(
    jobs.map(({ name }: { name: string }) => name),
    ['rows', 'failing'],
  );
  assert.deepEqual(
    runs.map(({ job }: { job: string }) => job),
    ['failing', 'rows'],
  );
  const found = await (await get('/?q=needle')).json();
  assert.deepEqual(
    found.runs.map(({ job }: { job: string }) => job),
    ['rows'],
  );
});

it('a token that was taken back is refused, and one of somebody else stays', async () => {
  const visitor = new Visitor(site.url);
  const [first, second] = [await makeToken(visitor, 'first'), await makeToken(visitor, 'second')];
  const page = await (await visitor.get('/tokens')).text();
  const hash = /name="token" value="([\w-]+)"><button[^>]*first/.exec(page)?.[1] ?? assert.fail(page);
  assert.equal((await visitor.submit('/tokens', '/tokens/remove', { token: hash })).status, 303);
  const refused = await program(first).get('/');
  assert.deepEqual([refused.status, (await refused.json()).error], [401, 'bad-api-token']);
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer/);
  assert.equal((await program(second).get('/')).status, 200);
});

it('another visitor’s run is not found with it', async () => {
  const path = await new Visitor(site.url).start('rows');
  const { get, post } = program(await makeToken(new Visitor(site.url)));
  assert.equal((await get(path)).status, 404);
  assert.equal((await post(`${path}/cancel`)).status, 404);
});

it('a token is let in as its visitor was, but never as the operator', async (t) => {
  const closed = await startSite([rows], { access: 'password:let me in here', operator: 'password:the operator here' });
  t.after(() => closed.close());
  const visitor = new Visitor(closed.url);
  await visitor.post('/login', { gate: 'site', password: 'let me in here' });
  await visitor.post('/login', { gate: 'operator', password: 'the operator here' });
  const page = await (await visitor.submit('/tokens', '/tokens', {})).text();
  const { get } = program(/value="(tobiishi_[\w-]+)"/.exec(page)?.[1] ?? assert.fail(page), closed.url);
  assert.equal((await get('/')).status, 200);
  assert.equal((await get('/operator')).status, 401);
});

it('a token of the app around us is none of ours', async () => {
  const other = await program('eyJhbGciOiJIUzI1NiJ9.e30.x').get('/');
  assert.equal(other.status, 200);
});
