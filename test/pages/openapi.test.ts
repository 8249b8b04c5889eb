import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { Visitor } from '../fixtures/visitor.js';
import { failing, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

const file = JSON.parse(readFileSync('docs/openapi.json', 'utf8'));

const watching = defineJob({
  name: 'watching',
  input: z.object({}),
  plan: () => [1],
  watch: () => 'it',
  step: async () => ({}),
});

let site: Site;
before(async () => {
  site = await startSite([rows, failing, watching], { background: true });
});
after(() => site.close());

/** For people, or for what a browser needs. */
const PAGES = [
  /^(get|post) \/(privacy|operator|host|login|styles|shared)\b/,
  /^(get|post) \/(metrics|\.well-known)\b/,
  /^post \/jobs\//,
  /^get \/jobs\/.*\/frame\//,
  /^get \/runs\/\{id\}\/(rows|name|share|unshare|schedule|cancel|skip|delete)$/,
];

it('every address that is for programs is described, and no other', () => {
  const described = Object.entries<object>(file.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  const there = site.routes
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    .filter((route) => !PAGES.some((page) => page.test(route)));
  assert.deepEqual(described.sort(), there.sort());
});

/** Says what of an answer is not as the file describes it. */
function check(path: string, method: string, status: number, json: unknown): void {
  const { content } = file.paths[path][method].responses[status];
  const described = JSON.stringify({ ...content['application/json'].schema, $defs: file.components.schemas });
  const schema = z.fromJSONSchema(JSON.parse(described.replaceAll('#/components/schemas/', '#/$defs/')));
  assert.equal(schema.safeParse(json).error, undefined, `${method} ${path} ${status}`);
}

it('answers are as they are described', async () => {
  const visitor = new Visitor(site.url);
  const page = await (await visitor.submit('/tokens', '/tokens', {})).text();
  const headers = {
    authorization: `Bearer ${/value="(tobiishi_[\w-]+)"/.exec(page)?.[1]}`,
    accept: 'application/json',
  };
  const ask = async (at: string, path: string, method = 'get', fields: Record<string, string> = {}) => {
    const body = method === 'post' ? new URLSearchParams(fields) : null;
    const answer = await fetch(`${site.url}${at}`, { method, headers, body, redirect: 'manual' });
    if (answer.status !== 303) check(path, method, answer.status, await answer.clone().json());
    return answer;
  };
  const started = await ask('/runs', '/runs', 'post', { job: 'failing' });
  const run = started.headers.get('location') ?? '';
  for (const seq of [0, 1, 2]) await ask(`${run}?seq=${seq}`, '/runs/{id}');
  await ask(`${run}/resume`, '/runs/{id}/resume', 'post');
  await ask(`${run}?seq=x`, '/runs/{id}');
  await ask('/runs/none', '/runs/{id}');
  await ask(`${run}/schedule`, '/runs/{id}/schedule', 'post', { zone: 'Asia/Tokyo', cron: '0 6 * * *' });
  await ask(`${run}/schedule`, '/runs/{id}/schedule', 'post', { zone: 'Asia/Tokyo', cron: 'soon' });
  const home = await (await ask('/', '/')).json();
  assert.equal(home.schedules[0]?.cron, '0 6 * * *');
  const paused = await ask(`/schedules/${home.schedules[0]?.id}/pause`, '/schedules/{id}/pause', 'post');
  assert.equal(paused.status, 303);
  await ask('/tokens', '/tokens');
  await ask('/tokens/webhooks', '/tokens/webhooks', 'post', { url: 'https://example.org/' });
  await ask('/tokens/webhooks', '/tokens/webhooks', 'post', { url: 'nowhere' });
  const watched = await ask('/runs', '/runs', 'post', { job: 'watching' });
  await ask(`${watched.headers.get('location')}/watch`, '/runs/{id}/watch');
  await ask('/jobs/rows', '/jobs/{job}');
  await ask('/runs', '/runs', 'post', { job: 'rows', count: 'x' });
  await ask('/healthz', '/healthz');
});
