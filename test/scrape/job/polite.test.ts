import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Lookup } from '../../../src/scrape/fetch/guard.js';
import { serve } from '../fetch/serve.js';
import { crawl } from './crawl.js';
import { loggedHost, sentTo } from './hosts.js';

const shown = (gaps: readonly number[]) => gaps.map((gap) => gap.toFixed(1)).join(' ');

// One after another: a host here is in the process that crawls, and would notice late what comes while others work.
describe('hosts', () => {
  it('three hosts at once: each at least the delay apart as it saw it, in the time of the slowest', async (t) => {
    const pages = [8, 6, 3];
    const hosts = await Promise.all(pages.map(() => loggedHost(t)));
    const urls = hosts.map(({ host }, i) => `http://${host}/[1-${pages[i]}]`).join('\n');
    const { run, rows, ms } = await crawl(t, { urls, delay: '0.25' }, { allowHosts: hosts.map(({ host }) => host) });
    assert.equal(run.status, 'done');
    assert.equal(rows.length, 17);
    for (const [i, host] of hosts.entries()) {
      const noticed = await host.noticed();
      const sent = host.sent();
      t.diagnostic(`host ${i + 1}, ms between requests: sent ${shown(sent)}; noticed ${shown(noticed)}`);
      assert.equal(noticed.length, pages[i], 'robots.txt and each page');
      assert.ok(Math.min(...sent) >= 250, shown(sent));
    }
    t.diagnostic(`${Math.round(ms)} ms in all; the slowest host alone needs ${8 * 250} ms`);
    const [slowest = 0, ...others] = hosts.map(({ lastAt }) => lastAt());
    assert.ok(Math.max(...others) < slowest, 'the others are through before the slowest is');
  });

  it('a first connection that is slow to open does not shorten the delay that the host sees', async (t) => {
    const { port, sent, noticed } = await loggedHost(t);
    const host = `slow.example:${port}`;
    const lookup: Lookup = (_name, _options, done) =>
      void setTimeout(() => done(null, [{ address: '127.0.0.1', family: 4 }]), 120);
    await crawl(t, { urls: `http://${host}/[1-4]`, delay: '0.2' }, { allowHosts: [host], lookup });
    t.diagnostic(`ms between requests: sent ${shown(sent())}; noticed ${shown(await noticed())}`);
    assert.ok(Math.min(...sent()) >= 200, shown(sent()));
  });

  it('a host that asks for a pause is left alone that long, while others go on', async (t) => {
    let asked = 0;
    const busy = await serve(t, (_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, { 'retry-after': '2' }).end();
      else response.end('<h1>busy</h1>');
    });
    const other = await serve(t, (_, response) => response.end('<h1>other</h1>'));
    const urls = `${busy.origin}/[1-3]\n${other.origin}/[1-3]`;
    const { run, rows } = await crawl(t, { urls }, { allowHosts: [busy.host, other.host] });
    assert.equal(run.status, 'done');
    assert.equal(run.failedCount, 0);
    assert.equal(rows.length, 6);
    // robots.txt, the page that was refused, and then nothing for two seconds.
    assert.ok((busy.times[2] ?? 0) - (busy.times[1] ?? 0) >= 1990, shown(busy.times));
    assert.ok((other.times.at(-1) ?? 0) < (busy.times[2] ?? 0));
    assert.deepEqual(busy.requests.slice(0, 2), ['/robots.txt', '/1']);
    assert.deepEqual(busy.requests.slice(2).sort(), ['/1', '/2', '/3']);
    assert.equal(run.stats['retry/count'], 1);
  });

  it('what robots.txt forbids is listed with its rule, and its Crawl-delay is kept', async (t) => {
    const server = await serve(
      t,
      (_, response) => response.end('<h1>x</h1>'),
      (_, response) => response.end('User-agent: *\nDisallow: /private\nCrawl-delay: 0.3'),
    );
    const sent = sentTo(t, Number(new URL(server.origin).port));
    const urls = ['/a', '/private/1', '/b', '/private/2'].map((path) => server.origin + path).join('\n');
    const { run, rows, failures } = await crawl(t, { urls }, { allowHosts: [server.host] });
    assert.equal(run.status, 'done');
    assert.equal(rows.length, 2);
    assert.deepEqual(
      failures.map(({ item, failure, attempts }) => [(item as { url: string }).url, failure?.params['rule'], attempts]),
      ['/private/2', '/private/1'].map((path) => [server.origin + path, 'Disallow: /private', 1]),
    );
    assert.equal(run.stats['robotstxt/forbidden'], 2);
    const pages = run.stats['item_scraped_count'];
    assert.deepEqual(
      [run.stats['robotstxt/crawl_delay/0.3'], run.stats['tobiishi/encoding/http/utf-8']],
      [pages, pages],
    );
    assert.deepEqual(server.requests, ['/robots.txt', '/a', '/b']);
    assert.ok((sent[2] ?? 0) - (sent[1] ?? 0) >= 300, shown(sent));
  });

  it('a host that asks for a pause instead of giving its robots.txt loses no page', async (t) => {
    let asked = 0;
    const server = await serve(
      t,
      (_, response) => response.end('<h1>x</h1>'),
      (_, response) => {
        asked += 1;
        if (asked === 1) response.writeHead(503, { 'retry-after': '1' }).end();
        else response.writeHead(404).end();
      },
    );
    const { run, rows } = await crawl(t, { urls: `${server.origin}/[1-2]` }, { allowHosts: [server.host] });
    assert.equal(run.status, 'done');
    assert.deepEqual([run.failedCount, rows.length], [0, 2]);
    assert.deepEqual(server.requests.slice(0, 2), ['/robots.txt', '/robots.txt']);
  });

  it('a robots.txt that cannot be had for a moment loses no page, and pages wait for it without an attempt', async (t) => {
    let asked = 0;
    const server = await serve(
      t,
      (_, response) => response.end('<h1>x</h1>'),
      (_, response) => response.writeHead(++asked === 1 ? 503 : 404).end(),
    );
    // Longer than what a step waits after a failed attempt.
    const options = { allowHosts: [server.host], askAgainMs: 1200 };
    const { run } = await crawl(t, { urls: `${server.origin}/[1-3]` }, options);
    assert.deepEqual([run.status, run.failedCount, run.rowCount], ['done', 0, 3]);
    assert.deepEqual(server.requests.slice(0, 2), ['/robots.txt', '/robots.txt']);
    assert.deepEqual(server.requests.slice(2).sort(), ['/1', '/2', '/3']);
    assert.ok((server.times[1] ?? 0) - (server.times[0] ?? 0) >= 1195, shown(server.times));
    assert.equal(run.stats['retry/count'], 1);
  });

  it('a site whose robots.txt cannot be had at all is not read, and each page says so', async (t) => {
    const server = await serve(
      t,
      (_, response) => response.end('<h1>x</h1>'),
      (_, response) => response.writeHead(500).end(),
    );
    const options = { allowHosts: [server.host], askAgainMs: 1200 };
    const { run, failures } = await crawl(t, { urls: `${server.origin}/[1-9]` }, options);
    assert.equal(run.status, 'done');
    assert.deepEqual(
      failures.map(({ failure, attempts }) => [failure?.code, attempts]).sort(),
      [...Array(7).fill(1), 2, 2].map((attempts) => ['robots-unreachable', attempts]),
    );
    assert.deepEqual(server.requests, Array(3).fill('/robots.txt'));
  });
});
