import assert from 'node:assert/strict';
import { it } from 'node:test';
import { StorageGuard } from '../../src/engine/storage-guard.js';
import { bench, jobOf } from '../fixtures/engine.js';

const MUCH = Number.MAX_SAFE_INTEGER;
const visitor = { visitorId: 'visitor', network: 'home' };

/** A guard over a store with one run of the visitor. */
async function guarded(quotas: { visitorBytes?: number; networkBytes?: number; allBytes?: number }) {
  const engine = bench(jobOf(10, {}));
  const { bytes, id } = await engine.start(visitor.visitorId, visitor.network);
  const all = { visitorBytes: MUCH, networkBytes: MUCH, allBytes: MUCH, ...quotas };
  return { ...engine, bytes, id, guard: new StorageGuard(engine.store, engine.clock, all, null) };
}

it('a run counts its input and its steps', async () => {
  const { bytes } = await guarded({});
  assert.ok(bytes > 1000 + 10 * 200 && bytes < 5000, `${bytes} bytes`);
});

it('a visitor may have so much, and less again once something was deleted', async () => {
  const { guard, store, id } = await guarded({ visitorBytes: 2000 });
  await assert.rejects(guard.check(visitor), { code: 'too-much-kept' });
  await guard.check({ ...visitor, visitorId: 'another' });
  await store.deleteRun(id);
  await guard.check(visitor);
});

it('so may a network, and all', async () => {
  const network = await guarded({ networkBytes: 2000 });
  await assert.rejects(network.guard.check({ ...visitor, visitorId: 'another' }), { code: 'storage-full' });
  await network.guard.check({ visitorId: 'another', network: 'school' });
  await network.guard.check({ visitorId: 'another', network: null });
  const all = await guarded({ allBytes: 2000 });
  await assert.rejects(all.guard.check({ visitorId: 'another', network: 'school' }), { code: 'storage-full' });
});

it('sums over many runs are asked for every ten seconds at most', async () => {
  const { guard, store, clock, id } = await guarded({ allBytes: 2000 });
  await assert.rejects(guard.check(visitor), { code: 'storage-full' });
  await store.deleteRun(id);
  await clock.advance(9999);
  await assert.rejects(guard.check(visitor), { code: 'storage-full' });
  await clock.advance(1);
  await guard.check(visitor);
});

it('a run that grows past what its visitor, its network or all may have stops, and goes on once there is room', async () => {
  const large = jobOf(9, { step: async () => ({ rows: [{ text: 'x'.repeat(600_000) }] }) });
  for (const [quota, reason] of [
    ['visitorBytes', 'too-much-kept'],
    ['networkBytes', 'storage-full'],
    ['allBytes', 'storage-full'],
  ] as const) {
    const quotas = { visitorBytes: MUCH, networkBytes: MUCH, allBytes: MUCH, [quota]: 1_000_000 };
    const engine = bench(large, { quotas });
    const started = await engine.start('visitor', 'home');
    // Until then the sums of the start are believed.
    await engine.clock.advance(10_000);
    const { run } = await engine.ask(started);
    assert.deepEqual([run.status, run.reason, run.seq], ['failed', reason, 3], quota);
    Object.assign(quotas, { [quota]: MUCH });
    await engine.clock.advance(10_000);
    const { run: after } = await engine.ask(await engine.runs.control(run, 'retry'));
    assert.deepEqual([after.status, after.seq, after.rowCount], ['done', 9, 9], 'what was kept is kept');
  }
});

it('is asked at the same time as a start is logged: with a store far away, one wait less', async () => {
  const { store, abuseLog, start } = bench(jobOf(1, {}), {
    quotas: { visitorBytes: MUCH, networkBytes: MUCH, allBytes: MUCH },
  });
  let logged = (): void => {};
  const isLogged = new Promise<void>((resolve) => {
    logged = resolve;
  });
  const [bytesKept, add] = [store.bytesKept.bind(store), abuseLog.add.bind(abuseLog)];
  store.bytesKept = async (of) => {
    await isLogged;
    return bytesKept(of);
  };
  abuseLog.add = async (action) => {
    logged();
    await add(action);
  };
  assert.equal((await start()).status, 'running');
});
