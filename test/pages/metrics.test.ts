import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { tobiishi } from '../../src/index.js';
import { serve } from '../fixtures/serve.js';
import { Visitor } from '../fixtures/visitor.js';
import { failing, rows } from './jobs.js';

const HAS_PROMTOOL = spawnSync('promtool', ['--version']).status === 0;
const TOKEN = 'a token for Prometheus'.replaceAll(' ', '-');

test('Prometheus reads by its token what happened to runs, and nobody else does', async (t) => {
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const jobs = await tobiishi({
    jobs: [rows, failing],
    database: 'memory:',
    logger,
    metricsToken: TOKEN,
    access: 'header:X-User',
    trustProxy: 1,
  });
  t.after(() => jobs.close());
  const url = await serve(t, jobs);
  const read = (headers: Record<string, string>) => fetch(`${url}/metrics`, { headers });
  assert.equal((await read({})).status, 403);
  assert.equal((await read({ Authorization: 'Bearer another-token-of-some-length' })).status, 403);
  const answer = await read({ Authorization: `Bearer ${TOKEN}` });
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.deepEqual(answer.headers.getSetCookie(), []);
  const text = await answer.text();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [\d.e+-]+)$/);
  }
  assert.match(text, /^tobiishi_claims_lost_total 0$/m);
});

test('what is counted is what happened', async (t) => {
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const jobs = await tobiishi({ jobs: [rows, failing], database: 'memory:', logger, metricsToken: TOKEN });
  t.after(() => jobs.close());
  const visitor = new Visitor(await serve(t, jobs));
  await visitor.drive(await visitor.start('rows'));
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const text = await (await visitor.get('/metrics', headers)).text();
  assert.match(text, /^tobiishi_runs_started_total\{job="rows"\} 1$/m);
  assert.match(text, /^tobiishi_runs_ended_total\{job="rows",status="done"\} 1$/m);
  assert.match(text, /^tobiishi_steps_total\{job="rows",status="done"\} 3$/m);
  assert.match(text, /^tobiishi_step_duration_seconds_count\{job="rows"\} 3$/m);
  assert.match(text, /^tobiishi_runs\{status="done"\} 1$/m);
  assert.match(text, /^tobiishi_refused_total\{rate="starts"\} 0$/m);
  const again = await (await visitor.get('/metrics', headers)).text();
  assert.match(again, /^tobiishi_runs\{status="done"\} 1$/m, 'what is now, not what was added up');
  if (!HAS_PROMTOOL) return t.diagnostic('promtool is not installed');
  const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(status, 0, stderr + stdout);
});
