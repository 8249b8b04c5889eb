import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { claimRun, recordStep, shareRun, takeSteps } from '../../src/core/run-changes.js';
import type { Row } from '../../src/core/step.js';
import { CookieStore } from '../../src/store/cookie/store.js';
import { openStore } from '../../src/store/open.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';
import { storeContract } from '../../src/testing/store-contract/index.js';
import { operatorContract } from '../contract/operator.js';

const RUN = {
  id: 'run',
  visitorId: 'visitor',
  network: null,
  job: 'job',
  version: 1,
  input: { a: '日本' },
  maxTotal: 10,
};
const STEPS = [1, 2, 3].map((item) => ({ item, key: null, lane: '' }));

/** `RUN` with one step recorded. */
const CARRIED_BY_SCHEMA_1 =
  'jY89EoIwFITvsvUWedBxFUKBymgcDAw_WjCcw8bWznNxDickIM5Y2Lzk7ew3b3dAuz8VlxyJEE1vWyRp6j4grqY1XdWAOFc70BussUfQ9mVJYUxRVBSq' +
  'RfGPUsqPz-pcGEaPZhlhbN1323ODRq6RaEz35_R4aYxwvrYr6o1NCCx3ICAOlS2cErRtjvkUAxg5MApgBOKWm24uo5b4P8aKxw6PAx7_jWdEU92-8sta' +
  'VVzD8Q0';

operatorContract('cookie', (clock) => openStore('cookie:', clock, 1000));
storeContract('cookie', async (clock) => new CookieStore(clock), { maxUnfinished: 1 });

async function recordNext(store: CookieStore, seq: number, rows: Row[]) {
  const claim = await store.change(claimRun('run', seq, 15_000, 0));
  assert.ok(claim);
  const [step] = (await store.change(takeSteps(claim, 1)))?.steps ?? [];
  assert.ok(step);
  const recording = { status: 'done', outcome: { rows }, items: [], stats: {} } as const;
  return store.change(recordStep(claim, step.position, recording, 'release'));
}

describe('a run that the browser carries', () => {
  it('goes on in another process from what the browser brings', async () => {
    const clock = new FrozenClock();
    const first = new CookieStore(clock);
    await first.createRun(RUN, STEPS, 10);
    await recordNext(first, 0, [{ a: 1 }]);
    const carried = await first.dump('visitor');
    assert.ok(carried);

    const second = new CookieStore(clock);
    await second.load(carried);
    assert.equal((await second.findRun('run'))?.seq, 1);
    await recordNext(second, 1, [{ a: 2 }]);
    assert.deepEqual(
      (await second.listRows('run', 0, 10)).map(({ row }) => row),
      [{ a: 1 }, { a: 2 }],
    );
    await second.load(carried);
    assert.equal((await second.findRun('run'))?.seq, 2, 'an older state does not replace a newer one');
  });

  it('goes on when an older version sent it out', async () => {
    const store = new CookieStore(new FrozenClock());
    await store.load(CARRIED_BY_SCHEMA_1);
    assert.deepEqual((await store.findRun('run'))?.input, RUN.input);
    await recordNext(store, 1, [{ a: 2 }]);
    await recordNext(store, 2, [{ a: 3 }]);
    assert.equal((await store.findRun('run'))?.status, 'done');
    assert.deepEqual(
      (await store.listRows('run', 0, 10)).map(({ row }) => row),
      [{ a: 1 }, { a: 2 }, { a: 3 }],
    );
  });

  it('stops as failed with what it has when it outgrows the cookie', async () => {
    const store = new CookieStore(new FrozenClock());
    await store.createRun(RUN, STEPS, 10);
    await recordNext(store, 0, [{ a: 1 }]);
    const noise = randomBytes(3000).toString('base64');
    assert.equal(await recordNext(store, 1, [{ noise }]), null);
    const run = await store.findRun('run');
    assert.equal(run?.status, 'failed');
    assert.equal(run?.reason, 'outgrown');
    assert.equal(run?.seq, 1);
    assert.equal(run?.rowCount, 1);
    assert.ok(await store.dump('visitor'));
  });

  it('still fits when its last step fails, with a long text, right at the limit', async () => {
    const store = new CookieStore(new FrozenClock());
    await store.createRun(RUN, STEPS, 10);
    for (let seq = 0, bytes = 400; bytes > 10; bytes = Math.floor(bytes / 2)) {
      const recorded = seq < 2 && (await recordNext(store, seq, [{ noise: randomBytes(bytes).toString('base64') }]));
      if (recorded) seq += 1;
      if ((await store.findRun('run'))?.status !== 'running') break;
    }
    assert.ok(await store.dump('visitor'), 'carried, whatever became of it');
  });

  it('that was deleted can be deleted again when the browser brings it back', async () => {
    const store = new CookieStore(new FrozenClock());
    await store.createRun(RUN, STEPS, 10);
    const carried = (await store.dump('visitor')) ?? '';
    await store.deleteRun('run');
    await store.load(carried);
    assert.equal(await store.deleteRun('run'), true);
  });

  it('is not shared again by an old cookie', async () => {
    const store = new CookieStore(new FrozenClock());
    await store.createRun(RUN, STEPS, 10);
    await store.change(shareRun('run', 'token'));
    const shared = (await store.dump('visitor')) ?? '';
    const elsewhere = new CookieStore(new FrozenClock());
    await elsewhere.load(shared);
    assert.equal((await elsewhere.findRun('run'))?.shareToken, null);
    await recordNext(store, 0, [{ a: 1 }]);
    await store.load((await store.dump('visitor')) ?? '');
    assert.equal((await store.findSharedRun('token'))?.seq, 1, 'here it stays shared');
  });

  it('is refused at the start when it would not fit, and one at a time', async () => {
    const store = new CookieStore(new FrozenClock());
    const big = { ...RUN, id: 'big', input: { a: randomBytes(3000).toString('base64') } };
    await assert.rejects(store.createRun(big, STEPS, 10), { code: 'too-large-for-cookie' });
    await store.createRun(RUN, STEPS, 10);
    await assert.rejects(store.createRun({ ...RUN, id: 'second' }, STEPS, 10), { code: 'too-many-runs' });
  });
});
