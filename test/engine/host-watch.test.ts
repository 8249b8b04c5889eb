import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BlockList } from '../../src/core/blocks.js';
import { Blocks } from '../../src/engine/blocks.js';
import { FrozenClock, settled } from '../../src/testing/frozen-clock.js';
import { bench, jobOf } from '../fixtures/engine.js';

const ANY = { id: null, visitorId: null, address: null, host: null };
const asksHost = (...hosts: string[]) =>
  jobOf(hosts.length, {
    onFailure: 'continue',
    step: async (item, { turn }) => {
      await turn(String(hosts[Number(item) - 1]), 0);
      return { rows: [{ item }] };
    },
  });

it('who had which hosts asked is in the log before the host is asked', async () => {
  const job = asksHost('a.example:8080', 'address 192.0.2.7', 'a.example:8080');
  const { runs, ask, abuseLog } = bench(job);
  const run = await runs.start(job, {}, { visitorId: 'visitor', network: null, address: '203.0.113.7' });
  await ask(run);
  const [entry, ...others] = await abuseLog.search(ANY, 10);
  assert.deepEqual(others, []);
  assert.equal(entry?.address, '203.0.113.7');
  assert.equal(entry?.id, run.id);
  assert.deepEqual(entry?.hosts.map(({ host }) => host).sort(), ['192.0.2.7', 'a.example']);
});

it('a host is noted once in ten minutes, however often it is asked', async () => {
  const job = asksHost(...Array.from({ length: 50 }, () => 'a.example'));
  const { start, ask, abuseLog, clock } = bench(job);
  let writes = 0;
  const addHost = abuseLog.addHost.bind(abuseLog);
  abuseLog.addHost = async (id, host) => {
    writes += 1;
    await addHost(id, host);
  };
  const run = await start();
  await ask(run);
  assert.equal(writes, 1);
  await clock.advance(11 * 60_000);
  await ask(await start());
  assert.equal(writes, 2);
});

it('previews and proposals are in the log, too', async () => {
  const job = jobOf(1, {
    preview: async (_, { turn }) => turn('previewed.example', 0).then(() => ({ findings: [], rows: [] })),
    propose: async (_, { turn }) =>
      turn('proposed.example', 0).then(() => ({ findings: [], proposals: [], problems: [] })),
  });
  const { runs, abuseLog, clock } = bench(job);
  await runs.preview(job, {}, { visitorId: 'visitor', network: null, address: '203.0.113.7' });
  await clock.advance(1);
  await runs.propose(job, { typed: {}, example: '', language: 'en', pointed: null }, { visitorId: '', network: null });
  const entries = await abuseLog.search(ANY, 10);
  assert.deepEqual(
    entries.map(({ kind, visitorId, address, hosts }) => [kind, visitorId, address, hosts[0]?.host]),
    [
      ['proposal', null, null, 'proposed.example'],
      ['preview', 'visitor', '203.0.113.7', 'previewed.example'],
    ],
  );
});

it('a run stops asking a host from the moment that it is blocked, and lists each page as a failure', async () => {
  const job = asksHost('a.example', 'b.example', 'www.a.example', 'address 192.0.2.7', 'b.example');
  const { start, ask, blocks, store } = bench(job);
  await blocks.put({ kind: 'host', value: 'a.example', reason: '' });
  await blocks.put({ kind: 'host', value: '192.0.2.0/24', reason: '' });
  const run = await start();
  await ask(run);
  const ended = await store.findRun(run.id);
  assert.deepEqual([ended?.status, ended?.rowCount, ended?.failedCount], ['done', 2, 3]);
  const failures = await store.listFailures(run.id, null, 10);
  assert.deepEqual(
    failures.map(({ failure }) => failure?.code),
    ['host-denied', 'host-denied', 'host-denied'],
  );
  assert.ok(
    failures.every(({ attempts }) => attempts === 1),
    'asking again would not help',
  );
});

it('one that waits for its turn when its host is blocked does not get it', async () => {
  const { start, ask, blocks, store, clock } = bench(asksHost('a.example'));
  await store.pauseTurns('a.example', 3000);
  const run = await start();
  const asked = ask(run);
  await settled();
  await blocks.put({ kind: 'host', value: 'a.example', reason: '' });
  await clock.advance(3000);
  await asked;
  assert.equal((await store.findRun(run.id))?.failedCount, 1);
});

it('a preview says that its host is blocked', async () => {
  const job = jobOf(1, {
    preview: async (_, { turn }) => turn('a.example', 0).then(() => ({ findings: [], rows: [] })),
  });
  const { runs, blocks } = bench(job);
  await blocks.put({ kind: 'host', value: 'a.example', reason: '' });
  const { findings } = await runs.preview(job, {}, { visitorId: '', network: null });
  assert.deepEqual(
    findings.map(({ code, params }) => [code, params]),
    [['host-denied', { host: 'a.example' }]],
  );
});

it('what another process blocks is obeyed after two seconds, without a question in between', async () => {
  const clock = new FrozenClock();
  const kept: { kind: 'host'; value: string; reason: string; createdAt: number }[] = [];
  let asked = 0;
  const blocks = new Blocks(
    {
      async list() {
        asked += 1;
        return [...kept];
      },
      async put() {},
      async remove() {},
    },
    clock,
  );
  assert.ok(!(await blocks.current()).hasHost('a.example'));
  kept.push({ kind: 'host', value: 'a.example', reason: '', createdAt: 0 });
  await clock.advance(1999);
  assert.ok(blocks.current() instanceof BlockList, 'known without waiting');
  assert.equal(asked, 1);
  await clock.advance(1);
  assert.ok((await blocks.current()).hasHost('a.example'));
});

it('while the store is away, what was blocked last stays blocked', async () => {
  const clock = new FrozenClock();
  let isAway = false;
  const list = async () => {
    if (isAway) throw new Error('away');
    return [{ kind: 'host', value: 'a.example', reason: '', createdAt: 0 } as const];
  };
  const blocks = new Blocks({ list, async put() {}, async remove() {} }, clock);
  await blocks.current();
  isAway = true;
  await clock.advance(5000);
  assert.ok((await blocks.current()).hasHost('a.example'));
  const fresh = new Blocks({ list, async put() {}, async remove() {} }, clock);
  await assert.rejects(async () => fresh.current(), /away/);
});

it('what a job keeps under its run goes with the run, and cannot be kept afterwards', async () => {
  const job = jobOf(1, {
    step: async (_, { keep, runId }) => {
      await keep(`${runId}:login`, 'secret', 60_000);
      return {};
    },
  });
  const { start, ask, store, runs } = bench(job);
  const run = await start();
  await ask(run);
  assert.equal(await store.readCache(`${run.id}:login`), 'secret');
  await runs.delete(run);
  assert.equal(await store.readCache(`${run.id}:login`), null);
});
