import assert from 'node:assert/strict';
import { after, describe, it, test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { deferred } from '../fixtures/engine.js';
import { until } from '../fixtures/patience.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { type Site, startSite } from './site.js';

const ANSWER_WITHIN_MS = 200;

/** Processes of one site whose runs travel; a step works until `finish`, and notes which attempt it is. */
function processes() {
  const attempts: number[] = [];
  const finish = deferred();
  const sites: Site[] = [];
  const job = defineJob({
    name: 'job',
    input: z.object({ long: z.stringbool().default(false) }),
    plan: () => [1, 2],
    async step(_item: number, { input, attempt }) {
      attempts.push(attempt);
      if (input.long) await finish.promise;
      return {};
    },
  });
  after(async () => {
    finish.resolve();
    await Promise.all(sites.map((site) => site.close()));
  });
  const start = async () => {
    const options = { databaseUrl: 'cookie:', paceMs: 0, answerWithinMs: ANSWER_WITHIN_MS } as const;
    const site = await startSite([job], options);
    sites.push(site);
    return site;
  };
  return { start, attempts };
}

test('a visitor who changes the language while a step is at work is answered in it', async () => {
  const { start } = processes();
  const visitor = new Visitor((await start()).url);
  const path = await visitor.start('job', { long: 'true' });
  const response = await visitor.get(`${path}?seq=0&lang=ja`);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /<html lang="ja">/);
});

describe('a step that is asked for again of a process that never had it', () => {
  it('fails after three attempts, whose processes are gone without an answer', async () => {
    const { start, attempts } = processes();
    const visitor = new Visitor((await start()).url);
    const path = await visitor.start('job', { long: 'true' });
    await visitor.lose(
      `${path}?seq=0`,
      until('the step is at work', () => attempts.length === 1),
    );
    for (let i = 0; i < 2; i += 1) {
      const next = visitor.at(await start());
      const before = attempts.length;
      assert.deepEqual(runHeader(await next.get(`${path}?seq=0&try=1`)), { status: 'running', seq: 0, total: 2 });
      assert.equal(attempts.length, before, 'the page comes home first');
      await next.lose(
        `${path}?seq=0`,
        until('the step is at work', () => attempts.length > before),
      );
    }
    const last = visitor.at(await start());
    await last.get(`${path}?seq=0`, { 'Cache-Control': 'max-age=0' });
    const { response } = await last.drive(path);
    assert.equal(runHeader(response).status, 'failed');
    assert.match(await response.text(), /died 3 times/);
    assert.deepEqual(attempts, [1, 2, 3]);
  });

  it('fails after three attempts also when pages said that it was at work', async () => {
    const { start, attempts } = processes();
    let visitor = new Visitor((await start()).url);
    const path = await visitor.start('job', { long: 'true' });
    for (let i = 0; i < 3; i += 1) {
      assert.equal(runHeader(await visitor.get(`${path}?seq=0`)).seq, 0);
      visitor = visitor.at(await start());
      await visitor.get(`${path}?seq=0&try=1&cut=0&after=1500`);
    }
    assert.equal(runHeader((await visitor.drive(path)).response).status, 'failed');
    assert.deepEqual(attempts, [1, 2, 3]);
  });

  it('has lost no attempt when a process was replaced between two pages', async () => {
    const { start, attempts } = processes();
    const visitor = new Visitor((await start()).url);
    const path = await visitor.start('job');
    for (const seq of [0, 1]) await visitor.at(await start()).get(`${path}?seq=${seq}`);
    assert.equal(runHeader(await visitor.get(path)).status, 'done');
    assert.deepEqual(attempts, [1, 1]);
  });

  it('is executed after a deploy during which the browser tried many times', async () => {
    const { start, attempts } = processes();
    const visitor = new Visitor((await start()).url);
    const path = await visitor.start('job');
    const next = visitor.at(await start());
    for (let tries = 5; tries < 10; tries += 1) await next.get(`${path}?seq=0&try=${tries}&cut=502&after=3`);
    assert.equal(runHeader((await next.drive(path)).response).status, 'done');
    assert.deepEqual(attempts, [2, 1]);
  });

  it('is executed where the cookie goes round between two processes, whose every answer is asked for twice', async () => {
    const { start, attempts } = processes();
    const sites = [await start(), await start()] as const;
    const visitor = new Visitor(sites[0].url);
    const path = await visitor.start('job');
    let run = runHeader(await visitor.get(path));
    for (let i = 1; run.status === 'running' && i < 20; i += 1) {
      const site = sites[i % 2 === 0 ? 0 : 1];
      run = runHeader(await visitor.at(site).get(`${path}?seq=${run.seq}${i % 4 < 2 ? '&try=1' : ''}`));
    }
    assert.equal(run.status, 'done');
    assert.ok(Math.max(...attempts) <= 2, String(attempts));
  });
});
