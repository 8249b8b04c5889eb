import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { z } from 'zod';
import { Visitor } from '../fixtures/visitor.js';
import { failing, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

const file = JSON.parse(readFileSync('docs/openapi.json', 'utf8'));

let site: Site;
before(async () => {
  site = await startSite([rows, failing]);
});
after(() => site.close());

/** For people, or for what a browser needs. */
const PAGES = [
  /^(get|post) \/(privacy|tokens|operator|host|login|styles|shared|feeds)\b/,
  /^(get|post) \/(metrics|\.well-known)\b/,
  /^post \/jobs\//,
  /^get \/jobs\/.*\/frame\//,
  /^get \/runs\/\{id\}\/(rows|name|share|unshare|watch|cancel|skip|delete)$/,
  /^post \/runs\/\{id\}\/(feed|unfeed)$/,
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
    if (answer.status !== 303) check(path, method, answer.status, await answer.json());
    return answer;
  };
  const started = await ask('/runs', '/runs', 'post', { job: 'failing' });
  const run = started.headers.get('location') ?? '';
  for (const seq of [0, 1, 2]) await ask(`${run}?seq=${seq}`, '/runs/{id}');
  await ask(`${run}/resume`, '/runs/{id}/resume', 'post');
  await ask(`${run}?seq=x`, '/runs/{id}');
  await ask('/runs/none', '/runs/{id}');
  await ask('/', '/');
  await ask('/jobs/rows', '/jobs/{job}');
  await ask('/runs', '/runs', 'post', { job: 'rows', count: 'x' });
  await ask('/healthz', '/healthz');
});
