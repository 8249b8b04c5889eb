import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Job } from '../../../src/core/job.js';
import type { Input } from '../../../src/core/run.js';
import type { Item } from '../../../src/core/step.js';
import { Permission } from '../../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../../src/scrape/job/scrape.js';
import { contextOf } from '../../fixtures/context.js';
import { bench } from '../../fixtures/engine.js';
import { pool } from '../../fixtures/pool.js';
import { failsWith, fetcherFor, serve } from '../fetch/serve.js';

const GOOD = { urls: 'http://a.example/', columns: 'title: h1' };

function jobFor(t: TestContext, allowHosts: string[] = [], minDelayMs = 1000): Job {
  const fetcher = fetcherFor(t, { allowHosts });
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  return createScrapeJob({ fetcher, permission, pool, minDelayMs });
}

function inputOf(job: Job, typed: Record<string, string>): Input {
  return job.input.parse(typed) as Input;
}

async function itemsOf(job: Job, typed: Record<string, string>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of await job.plan(inputOf(job, typed), contextOf())) items.push(item);
  return items;
}

function step(
  job: Job,
  url: string,
  typed: Record<string, string>,
  turn = async (_host: string, _delayMs: number) => {},
) {
  return job.step({ kind: 'page', url }, contextOf({ input: inputOf(job, typed), turn }));
}

/** Of the first issue: the field, the code, the line. */
async function issueOf(job: Job, typed: Record<string, string>) {
  const parsed = job.input.safeParse({ ...GOOD, ...typed });
  if (parsed.success) {
    const [problem] = await job.check(parsed.data as Input, contextOf());
    return [problem?.field, problem?.code, problem?.params['line']];
  }
  const issue = parsed.error.issues[0];
  const params = issue?.code === 'custom' ? issue.params : undefined;
  return [issue?.path[0], params?.['code'] ?? issue?.code, params?.['line']];
}

test('what was typed stays as it was, numbers are read, the rest has defaults', (t) => {
  const urls = ' http://a.example/ \n\nhttp://b.example/';
  assert.deepEqual(inputOf(jobFor(t), { urls, columns: 'title: h1\n', delay: '1.5' }), {
    urls,
    urlsColumn: '',
    leaveOut: false,
    sitemap: '',
    row: '',
    columns: 'title: h1\n',
    detail: '',
    keep: 'all',
    newBy: '',
    next: '',
    follow: '',
    depth: 1,
    sameSite: true,
    limit: 100,
    delay: 1.5,
    encoding: '',
    language: '',
    headers: '',
    cookies: '',
    passwords: '',
    login: '',
    loginFields: '',
  });
});

test('each line is a page, in normal form', async (t) => {
  const urls = 'HTTP://A.example:80/a/../b#c\r\n\r\n  https://user:x@b.example ';
  assert.deepEqual(await itemsOf(jobFor(t), { ...GOOD, urls }), [
    { kind: 'page', url: 'http://a.example/b' },
    { kind: 'page', url: 'https://b.example/' },
  ]);
});

test('pages are told apart by address, hosts have lanes of their own, the limit holds', (t) => {
  const job = jobFor(t);
  const input = inputOf(job, { ...GOOD, limit: '7' });
  assert.equal(job.key({ kind: 'page', url: 'http://a.example/b' }, input), 'http://a.example/b');
  assert.equal(job.lane({ kind: 'page', url: 'http://a.example:81/b' }, input), 'a.example:81');
  assert.equal(job.limit(input), 7);
  assert.equal(job.onFailure, 'continue');
});

test('pages are asked for while others are read where no rest is due, and none tells how to ask for the next', (t) => {
  const job = jobFor(t, [], 0);
  const abreast = (typed: Record<string, string>) =>
    job.abreast({ kind: 'page', url: 'http://a.example/b' }, inputOf(job, { ...GOOD, ...typed })) > 1;
  assert.equal(abreast({ delay: '0' }), true);
  assert.equal(abreast({ delay: '1' }), false);
  assert.equal(abreast({ delay: '0', row: 'li', detail: 'a', columns: 'maker: detail: .maker' }), false);
  assert.equal(abreast({ delay: '0', login: 'http://a.example/login', loginFields: 'user=me' }), false);
});

const WRONG: readonly (readonly [typed: Record<string, string>, issue: readonly unknown[]])[] = [
  [{ urls: 'http://a.example/\nftp://a.example/' }, ['urls', 'url-not-http', 2]],
  [{ urls: 'a.example' }, ['urls', 'url-not-http', 1]],
  [{ urls: 'localhost:8080/x' }, ['urls', 'url-not-http', 1]],
  [{ urls: ' \n ' }, ['urls', 'urls-missing', 1]],
  [{ urls: '' }, ['urls', 'urls-missing', 1]],
  [{ urls: 'http://a.example/\nhttp://a.example/[5-1]' }, ['urls', 'bad-range', 2]],
  [{ urls: '', sitemap: '/sitemap.xml' }, ['sitemap', 'address-not-http', undefined]],
  [{ encoding: 'sjis-2000' }, ['encoding', 'bad-encoding', undefined]],
  [{ follow: 'a::x' }, ['follow', 'bad-selector', undefined]],
  [{ depth: '11' }, ['depth', 'too_big', undefined]],
  [{ row: 'li[' }, ['row', 'bad-selector', undefined]],
  [{ next: 'a::next' }, ['next', 'bad-selector', undefined]],
  [{ columns: 'title: h1\nh2' }, ['columns', 'column-without-colon', 2]],
  [{ columns: '\n' }, ['columns', 'columns-missing', 1]],
  [{ limit: '0' }, ['limit', 'too_small', undefined]],
  [{ limit: '1.5' }, ['limit', 'invalid_type', undefined]],
  [{ delay: '0.5' }, ['delay', 'too_small', undefined]],
  [{ delay: '3601' }, ['delay', 'too_big', undefined]],
];

for (const [typed, issue] of WRONG) {
  test(`${JSON.stringify(typed)} is a message at its field`, async (t) =>
    assert.deepEqual(await issueOf(jobFor(t), typed), issue));
}

test('a private address is no mistake in the form', (t) => {
  assert.equal(jobFor(t).input.safeParse({ ...GOOD, urls: 'http://127.0.0.1/' }).success, true);
});

test('the delay never goes below what the operator allows', (t) => {
  assert.equal(jobFor(t, [], 2500).input.parse(GOOD)['delay'], 2.5);
  assert.equal(jobFor(t, [], 0).input.parse({ ...GOOD, delay: '0' })['delay'], 0);
});

test('a step gives the rows of its page and the next page', async (t) => {
  const { origin, host } = await serve(t, (_, response) => {
    response.end('<li><b>A</b><li><b>B</b></ul><a rel=next href="?p=2">next</a>');
  });
  const typed = { urls: origin, row: ' li ', columns: 'name: b', next: 'a[rel=next]' };
  const outcome = await step(jobFor(t, [host]), `${origin}/`, typed);
  const shown = (outcome.items?.[0] as { shown?: readonly string[] } | undefined)?.shown;
  assert.equal(shown?.length, 1);
  assert.deepEqual(outcome, {
    rows: [
      { page: `${origin}/`, name: 'A' },
      { page: `${origin}/`, name: 'B' },
    ],
    items: [{ kind: 'page', url: `${origin}/?p=2`, shown }],
    note: 'utf-8 (http)',
  });
});

test('each request has its turn, that of robots.txt first', async (t) => {
  const { origin, host } = await serve(t, (_, response) => response.end('<h1>Here</h1>'));
  const turns: unknown[] = [];
  const turn = async (asked: string, delayMs: number) => void turns.push([asked, delayMs]);
  await step(jobFor(t, [host]), `${origin}/`, { ...GOOD, delay: '1.5' }, turn);
  assert.deepEqual(turns, Array(2).fill([host, 1502]));
});

test('a page in Shift_JIS without declaration is read', async (t) => {
  const { origin, host } = await serve(t, (_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(Buffer.from([...Buffer.from('<h1>'), 0x94, 0xf2, 0x82, 0xd1, 0x90, 0xce]));
  });
  const outcome = await step(jobFor(t, [host]), `${origin}/`, GOOD);
  assert.deepEqual(outcome.rows, [{ page: `${origin}/`, title: '飛び石' }]);
  assert.equal(outcome.note, 'shift_jis (detected)');
});

test('a refused address fails its step for good, without a turn', async (t) => {
  const turn = () => assert.fail('asked for a turn');
  await assert.rejects(step(jobFor(t), 'http://127.0.0.1/', GOOD, turn), failsWith('address-refused', false));
});

test('the limit is one of pages: not of sitemaps, and not of what a page was moved from', (t) => {
  const job = jobFor(t);
  const input = inputOf(job, GOOD);
  const url = 'http://a.example/';
  assert.equal(job.counts({ kind: 'page', url }, input), true);
  assert.equal(job.counts({ kind: 'page', url, via: ['http://a.example/old'] }, input), false);
  assert.equal(job.counts({ kind: 'sitemap', url }, input), false);
  assert.equal(job.counts({ kind: 'list', url, pages: [url] }, input), false);
});

test('ranges are planned one by one, and not far past the limit', async (t) => {
  const urls = 'http://a.example/[1-3]\nhttp://a.example/[2-90000]';
  const items = await itemsOf(jobFor(t), { ...GOOD, urls, limit: '5' });
  assert.equal(items.length, 10_006);
  assert.deepEqual(items.at(-1), { kind: 'left-out', url: '', lines: [], lineCount: 0, duplicateCount: 2 });
  assert.deepEqual(
    items.slice(2, 5),
    [3, 4, 5].map((n) => ({ kind: 'page', url: `http://a.example/${n}` })),
  );
});

test('a line of two hundred bytes makes a run of a hundred thousand steps, of which few are kept', async (t) => {
  const job = jobFor(t);
  const engine = bench(job, { maxSteps: 100_000 });
  const owner = { visitorId: 'visitor', network: null };
  const input = inputOf(job, { ...GOOD, urls: 'http://user:secret@a.example/[1-100000]', limit: '100000' });
  const run = await engine.runs.start(job, input, owner);
  assert.equal(run.total, 100_000);
  assert.equal(run.planned?.steps, 99_500);
  assert.ok(run.bytes < 300_000, `${run.bytes} bytes`);
  const again: Item[] = [];
  for await (const item of await job.plan(run.input, contextOf())) again.push(item);
  assert.deepEqual(again, await itemsOf(job, { ...GOOD, urls: 'http://a.example/[1-100000]', limit: '100000' }));
});
