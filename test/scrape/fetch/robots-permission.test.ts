import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { StepError } from '../../../src/core/errors.js';
import type { StepContext } from '../../../src/core/job.js';
import { PoliteRequests } from '../../../src/scrape/fetch/polite-requests.js';
import { Permission } from '../../../src/scrape/fetch/robots-permission.js';
import { contextOf } from '../../fixtures/context.js';
import { failsWith, fetcherFor, serve } from './serve.js';

/** A site with that robots.txt, and what asking it politely comes to. */
async function site(t: TestContext, robots: RequestListener, options: { ignore?: boolean; timeoutMs?: number } = {}) {
  const server = await serve(t, (_, response) => response.end('here'), robots);
  const { origin, host } = server;
  const fetcher = fetcherFor(t, { allowHosts: [host], headersTimeoutMs: options.timeoutMs ?? 5000 });
  const ignoreRobots = options.ignore ? [host] : [];
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots });
  const kept: { key: string; text: string; ttlMs: number }[] = [];
  const cache: StepContext['cache'] = async (key, ttlMs, make) => {
    const known = kept.find((other) => other.key === key)?.text;
    if (known !== undefined) return known;
    const text = await make();
    kept.push({ key, text, ttlMs: typeof ttlMs === 'number' ? ttlMs : ttlMs(text) });
    return text;
  };
  const parked: unknown[] = [];
  const pause = async (what: string, forMs: number) => void parked.push([what, forMs]);
  const turns = { refuse: false };
  const turn = async () => {
    if (turns.refuse) throw new Error('not yet');
  };
  const figures: Record<string, number> = {};
  const count = (name: string, by = 1) => {
    figures[name] = (figures[name] ?? 0) + by;
  };
  const polite = new PoliteRequests(contextOf({ cache, pause, turn, count }), 1, permission);
  return {
    ...server,
    kept,
    parked,
    turns,
    figures,
    polite,
    ask: (path: string) => polite.admit(new URL(path, origin)),
  };
}

const says =
  (text: string): RequestListener =>
  (_, response) =>
    response.end(text);

const status =
  (code: number): RequestListener =>
  (_, response) =>
    response.writeHead(code).end();

test('a forbidden page is a failure that names the rule, and is not tried again', async (t) => {
  const { ask, host, requests } = await site(t, says('User-agent: *\nDisallow: /private # ours'));
  await ask('/public');
  await assert.rejects(ask('/private/x'), (error: StepError) => {
    assert.deepEqual(error.failure.params, { host, rule: 'Disallow: /private', agent: 'Tobiishi' });
    return failsWith('robots-disallowed', false)(error);
  });
  assert.deepEqual(requests, ['/robots.txt']);
});

for (const code of [204, 401, 403, 404, 410]) {
  test(`robots.txt answered with ${code} forbids nothing`, async (t) => {
    const { ask, kept } = await site(t, status(code));
    await ask('/');
    assert.equal(kept[0]?.ttlMs, 24 * 3_600_000);
  });
}

for (const code of [500, 503, 429]) {
  test(`robots.txt answered with ${code} forbids everything, for good when it was asked for three times`, async (t) => {
    const { ask, kept, parked, origin, requests } = await site(t, status(code));
    await assert.rejects(ask('/'), failsWith('robots-unreachable', true));
    assert.deepEqual(parked, [[`robots.txt of ${origin}`, 30_000]]);
    await assert.rejects(ask('/'), failsWith('robots-unreachable', true));
    await assert.rejects(ask('/'), failsWith('robots-unreachable', false));
    await assert.rejects(ask('/'), failsWith('robots-unreachable', false));
    assert.deepEqual(requests, Array(3).fill('/robots.txt'));
    assert.equal(kept.at(-1)?.ttlMs, 30_000);
  });
}

test('a robots.txt that never comes forbids everything, for now', async (t) => {
  const { ask } = await site(t, () => {}, { timeoutMs: 100 });
  await assert.rejects(ask('/'), failsWith('robots-unreachable', true));
});

test('redirects of robots.txt are followed, a circle of them counts as no robots.txt', async (t) => {
  const moved = await serve(t, says('User-agent: tobiishi\nDisallow: /'));
  const far = await site(t, (_, response) => response.writeHead(301, { location: `${moved.origin}/r` }).end());
  // Not in ALLOW_HOSTS: where robots.txt lies is guarded like any page.
  await assert.rejects(far.ask('/'), failsWith('address-refused', false));
  const circle = await site(t, (_, response) => response.writeHead(302, { location: '/robots.txt' }).end());
  await circle.ask('/');
});

test('Crawl-delay raises the delay of its host, up to a minute', async (t) => {
  const { ask, polite, host } = await site(t, says('User-agent: *\nCrawl-delay: 7'));
  assert.equal(polite.delayMs(host), 1000);
  await ask('/');
  assert.equal(polite.delayMs(host), 7000);
  assert.equal(polite.raisedDelaySeconds, 7);
  const slow = await site(t, says('User-agent: *\nCrawl-delay: 3600'));
  await slow.ask('/');
  assert.equal(slow.polite.delayMs(slow.host), 60_000);
});

test('an operator may leave robots.txt unasked', async (t) => {
  const { ask, requests } = await site(t, says('User-agent: *\nDisallow: /'), { ignore: true });
  await ask('/');
  assert.deepEqual(requests, []);
});

test('a huge robots.txt counts with what fits', async (t) => {
  const { ask } = await site(t, says(`User-agent: *\nDisallow: /x\n${'#'.repeat(2 ** 20)}\nDisallow: /y`));
  await assert.rejects(ask('/x'), failsWith('robots-disallowed', false));
  await ask('/y');
});

test('one of thousands of rules forbids and allows as one of few, and is kept as small as it came', async (t) => {
  const rules = Array.from({ length: 5000 }, (_, i) => `Disallow: /a${i}/\nAllow: /a${i}/b`).join('\n');
  const { ask, host, kept, polite } = await site(t, says(`User-agent: *\nCrawl-delay: 3\n${rules}`));
  await ask('/a4999/b');
  assert.equal(polite.delayMs(host), 3000);
  await assert.rejects(ask('/a4999/c'), (error: StepError) => {
    assert.equal(error.failure.params['rule'], 'Disallow: /a4999/');
    return failsWith('robots-disallowed', false)(error);
  });
  assert.ok(Number(kept[0]?.text.length) < rules.length);
});

test('a robots.txt is counted when it was asked for, not when its turn was refused', async (t) => {
  const { turns, figures, ask } = await site(t, status(404));
  turns.refuse = true;
  await assert.rejects(ask('/'), /not yet/);
  assert.equal(figures['robotstxt/request_count'], undefined);
  turns.refuse = false;
  await ask('/');
  assert.equal(figures['robotstxt/request_count'], 1);
});

test('a host without an address is said to have none, instead of a robots.txt that cannot be had', async (t) => {
  const { ask } = await site(t, says(''));
  await assert.rejects(ask('http://nowhere.invalid/'), failsWith('host-not-found', true));
});
