import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { type Site, startSite } from './site.js';

const JSON_ONLY = { accept: 'application/json' };

let site: Site;
before(async () => {
  site = await startSite([rows]);
});
after(() => site.close());

it('a program that asks for JSON gets the form, the run and its errors as JSON', async () => {
  const visitor = new Visitor(site.url);
  const form = await (await visitor.get('/jobs/rows', JSON_ONLY)).json();
  assert.ok(Array.isArray(form.fields));
  const started = await visitor.post('/runs', { job: 'rows', _csrf: form.csrf, _key: form.key });
  assert.equal(started.status, 303, await started.clone().text());
  const path = started.headers.get('location') ?? '';
  let run = await (await visitor.get(path, JSON_ONLY)).json();
  assert.deepEqual([run.job, run.status, run.seq], ['rows', 'running', 0]);
  while (run.status === 'running') run = await (await visitor.get(`${path}?seq=${run.seq}`, JSON_ONLY)).json();
  assert.deepEqual([run.status, run.seq, run.warnings], ['done', run.total, []]);
  const missing = await visitor.get('/runs/nobody', JSON_ONLY);
  assert.deepEqual([missing.status, (await missing.json()).error], [404, 'run-not-found']);
});

it('a browser gets pages, and neither is taken for the other on the way', async () => {
  const visitor = new Visitor(site.url);
  const page = await visitor.get('/jobs/rows', { accept: 'text/html,application/json' });
  assert.match(page.headers.get('content-type') ?? '', /text\/html/);
  const json = await visitor.get('/jobs/rows', JSON_ONLY);
  assert.match(json.headers.get('vary') ?? '', /\bAccept\b(?!-)/);
});
