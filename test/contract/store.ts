import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Claim, Recording } from '../../src/core/claim.js';
import { TobiishiError } from '../../src/core/errors.js';
import { chooseNext, type Handed } from '../../src/core/lanes.js';
import type { NewRun, RunState } from '../../src/core/run.js';
import {
  cancelRun,
  claimRun,
  giveUpStep,
  pauseRun,
  postponeStep,
  recordStep,
  releaseClaim,
  renewClaim,
  resumeRun,
  retryRun,
  shareRun,
  skipStep,
  takeSteps,
} from '../../src/core/run-changes.js';
import type { Item, NewStep, Row } from '../../src/core/step.js';
import { KEPT_ERRORS, type Store } from '../../src/core/store.js';
import { FrozenClock } from '../fixtures/clock.js';

const LEASE_MS = 15_000;
const FAILURE = { code: 'broken', message: 'it broke', params: {} };

const steps = (...items: Item[]): NewStep[] => items.map((item) => ({ item, key: null, lane: '' }));
const keyed = (...keys: string[]): NewStep[] => keys.map((key) => ({ item: key, key, lane: '' }));
const done = (rows: Row[] = [], items: NewStep[] = []): Recording => ({
  status: 'done',
  outcome: { rows },
  items,
  stats: {},
});

/** What every store must do. `open` makes an empty one that lives by the clock; a visitor may have `maxUnfinished` runs. */
export function storeContract(
  name: string,
  open: (clock: FrozenClock) => Promise<Store>,
  { maxUnfinished = 10 } = {},
): void {
  describe(`store contract: ${name}`, () => {
    let clock: FrozenClock;
    let store: Store;

    beforeEach(async () => {
      clock = new FrozenClock();
      store = await open(clock);
    });
    afterEach(() => store.close());

    const newRun = (more: Partial<NewRun> = {}): NewRun => ({
      id: randomUUID(),
      visitorId: 'visitor',
      job: 'job',
      version: 1,
      input: { a: '日本語' },
      maxTotal: 1000,
      ...more,
    });
    const create = (items: NewStep[], more: Partial<NewRun> = {}) =>
      store.createRun(newRun(more), items, maxUnfinished);

    async function claimed(runId: string, seq = 0): Promise<Claim> {
      const claim = await store.change(claimRun(runId, seq, LEASE_MS, 0));
      assert.ok(claim, 'the claim is granted');
      return claim;
    }

    /** Claims, takes and records the next `count` steps. */
    async function recordNext(runId: string, seq: number, count = 1, recording: Recording = done()) {
      const claim = await claimed(runId, seq);
      for (let i = 0; i < count; i += 1) {
        const [step] = (await store.change(takeSteps(claim, 1)))?.steps ?? [];
        assert.ok(step);
        await store.change(recordStep(claim, step.position, recording, { take: 0 }));
      }
      await store.change(releaseClaim(claim));
    }

    /** What comes next where a step asks for the turns of its item. */
    async function nextOf(run: RunState) {
      const heads = await store.listUpcoming(run);
      return chooseNext(heads, await store.turnWaits(heads.map(({ step }) => String(step.item))));
    }

    describe('runs', () => {
      it('keeps a new run as it was started', async () => {
        const run = await create(steps(1, 2, 3));
        assert.deepEqual(await store.findRun(run.id), run);
        assert.equal(run.status, 'running');
        assert.equal(run.seq, 0);
        assert.equal(run.total, 3);
        assert.deepEqual(run.input, { a: '日本語' });
        assert.equal(run.createdAt, clock.now());
      });

      it('finds no run that was never started', async () => {
        assert.equal(await store.findRun('nobody'), null);
      });

      it("lists a visitor's own runs, newest first", async () => {
        const first = await create(steps(1));
        await store.change(cancelRun(first.id));
        await clock.advance(1);
        const second = await create(steps(1));
        await create(steps(1), { visitorId: 'another' });
        assert.deepEqual(
          (await store.listRuns('visitor', 10)).map(({ id }) => id),
          [second.id, first.id],
        );
      });

      it('lists unfinished runs first, however old', async () => {
        const { id } = await create(steps(1));
        await store.change(pauseRun(id));
        for (let i = 0; i < 3 && maxUnfinished > 1; i += 1) {
          await clock.advance(1);
          await store.change(cancelRun((await create(steps(1))).id));
        }
        assert.equal((await store.listRuns('visitor', 1))[0]?.id, id);
      });

      it('refuses one unfinished run too many, and counts finished ones no more', async () => {
        const runs = [];
        for (let i = 0; i < maxUnfinished; i += 1) runs.push(await create(steps(1)));
        const refused = (error: unknown) => error instanceof TobiishiError && error.code === 'too-many-runs';
        await assert.rejects(create(steps(1)), refused);
        await store.change(cancelRun(runs[0]?.id ?? ''));
        await create(steps(1));
        await assert.rejects(create(steps(1)), refused);
        await create(steps(1), { visitorId: 'another' });
      });

      it('plans two items of one key as one step', async () => {
        assert.equal((await create(keyed('a', 'b', 'a'))).total, 2);
      });

      it('leaves out what is past the limit and counts it', async () => {
        const run = await create(keyed('a', 'b', 'a', 'c', 'd'), { maxTotal: 2 });
        assert.equal(run.total, 2);
        assert.equal(run.droppedCount, 2);
      });
    });

    describe('items that do not count towards the limit', () => {
      const uncounted = (...names: string[]) => keyed(...names).map((step) => ({ ...step, counted: false }));

      it('are added past it and move it', async () => {
        const run = await create([...uncounted('map'), ...keyed('a', 'b', 'c')], { maxTotal: 2 });
        assert.deepEqual([run.total, run.maxTotal, run.droppedCount], [3, 3, 1]);
        await recordNext(run.id, 0, 1, done([], [...uncounted('more', 'a'), ...keyed('d')]));
        const after = await store.findRun(run.id);
        assert.deepEqual([after?.total, after?.maxTotal, after?.droppedCount], [4, 4, 2]);
      });
    });

    describe('claims', () => {
      it('are granted once until released', async () => {
        const { id } = await create(steps(1));
        const claim = await claimed(id);
        assert.equal(await store.change(claimRun(id, 0, LEASE_MS, 0)), null);
        assert.equal(await store.change(releaseClaim(claim)), true);
        await claimed(id);
      });

      it('are granted for the seq the run is at, and no other', async () => {
        const { id } = await create(steps(1));
        assert.equal(await store.change(claimRun(id, 1, LEASE_MS, 0)), null);
        await claimed(id, 0);
      });

      it('are granted to one of many who ask at the same time', async () => {
        const { id } = await create(steps(1));
        const asked = await Promise.all(Array.from({ length: 20 }, () => store.change(claimRun(id, 0, LEASE_MS, 0))));
        assert.equal(asked.filter((claim) => claim !== null).length, 1);
      });

      it('that were released are not taken up again by a renewal that comes too late', async () => {
        const { id } = await create(steps('a', 'b'));
        const released = await claimed(id);
        await store.change(releaseClaim(released));
        assert.equal(await store.change(renewClaim(released, LEASE_MS)), null);
        const recorded = await claimed(id);
        await store.change(takeSteps(recorded, 1));
        await store.change(recordStep(recorded, 1, done(), 'release'));
        assert.equal(await store.change(renewClaim(recorded, LEASE_MS)), null);
        assert.ok(await store.change(claimRun(id, 1, LEASE_MS, 0)));
      });

      it('expire when their holder is dead, and last when it renews', async () => {
        const { id } = await create(steps(1));
        const claim = await claimed(id);
        await clock.advance(LEASE_MS - 1);
        assert.equal(await store.change(claimRun(id, 0, LEASE_MS, 0)), null);
        assert.equal(await store.change(renewClaim(claim, LEASE_MS)), true);
        await clock.advance(LEASE_MS - 1);
        assert.equal(await store.change(claimRun(id, 0, LEASE_MS, 0)), null);
        await clock.advance(1);
        await claimed(id);
        assert.equal(await store.change(renewClaim(claim, LEASE_MS)), null);
      });

      it('do not last for ever when the clock is set back', async () => {
        const { id } = await create(steps(1));
        await claimed(id);
        clock.jump(-3_600_000);
        await claimed(id);
      });

      it('are refused on a run that is not running', async () => {
        const { id } = await create(steps(1));
        await store.change(pauseRun(id));
        assert.equal(await store.change(claimRun(id, 0, LEASE_MS, 0)), null);
      });

      it('that were lost write nothing', async () => {
        const { id } = await create(steps(1));
        const old = await claimed(id);
        await store.change(takeSteps(old, 1));
        await clock.advance(LEASE_MS);
        const claim = await claimed(id);
        assert.equal(await store.change(recordStep(old, 1, done([{ a: 1 }]), { take: 1 })), null);
        await store.change(takeSteps(claim, 1));
        assert.equal(await store.change(takeSteps(old, 1)), null);
        assert.equal(
          await store.change(postponeStep(old, 1, { waitMs: null, failure: FAILURE, toEnd: false, stats: {} })),
          null,
        );
        assert.equal(await store.change(giveUpStep(old, 1, { failure: FAILURE, stats: {} })), null);
        assert.equal(await store.change(releaseClaim(old)), null);
        const run = await store.findRun(id);
        assert.equal(run?.seq, 0);
        assert.equal(run?.rowCount, 0);
        assert.ok(await store.change(recordStep(claim, 1, done(), 'release')));
      });
    });

    describe('steps', () => {
      it('are handed out in order, and recorded with the next seq', async () => {
        const { id } = await create(steps('a', 'b'));
        const claim = await claimed(id);
        const first = (await store.change(takeSteps(claim, 1)))?.steps ?? [];
        assert.deepEqual(
          first.map(({ item, position, attempts }) => ({ item, position, attempts })),
          [{ item: 'a', position: 1, attempts: 1 }],
        );
        const recorded = await store.change(recordStep(claim, 1, done(), { take: 1 }));
        assert.equal(recorded?.run.seq, 1);
        assert.deepEqual(
          recorded?.handed.steps.map(({ item }) => item),
          ['b'],
        );
      });

      it('are not handed out twice under one claim', async () => {
        const { id } = await create(steps('a', 'b'));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        assert.deepEqual(await store.change(takeSteps(claim, 1)), { steps: [], waitMs: null });
      });

      it('of different lanes are handed out together, each lane in order', async () => {
        const { id } = await create([
          { item: 'a1', key: null, lane: 'a' },
          { item: 'a2', key: null, lane: 'a' },
          { item: 'b1', key: null, lane: 'b' },
          { item: 'c1', key: null, lane: 'c' },
        ]);
        const claim = await claimed(id);
        const items = (handed: Handed | null) => handed?.steps.map(({ item }) => item);
        assert.deepEqual(items(await store.change(takeSteps(claim, 2))), ['a1', 'b1']);
        assert.deepEqual(items(await store.change(takeSteps(claim, 2))), ['c1']);
        const recorded = await store.change(recordStep(claim, 1, done(), { take: 2 }));
        assert.deepEqual(items(recorded?.handed ?? null), ['a2']);
      });

      it('are shown from the lane that is due first', async () => {
        const run = await create([
          { item: 'a', key: null, lane: 'a' },
          { item: 'b', key: null, lane: 'b' },
        ]);
        const claim = await claimed(run.id);
        await store.change(takeSteps(claim, 1));
        await store.change(postponeStep(claim, 1, { waitMs: 60_000, failure: null, toEnd: false, stats: {} }));
        assert.equal((await nextOf(run))?.step.item, 'b');
      });

      it('are shown from the lane whose host may be asked first, with the wait until then', async () => {
        const run = await create(['a', 'b', 'c'].map((lane) => ({ item: lane, key: null, lane })));
        const next = async () => {
          const { step, waitMs, pausedForMs } = (await nextOf(run)) ?? assert.fail();
          return [step.item, waitMs, pausedForMs];
        };
        await store.takeTurn('a', 3000);
        assert.deepEqual(await next(), ['b', 0, null]);
        await store.pauseTurns('b', 2000);
        const claim = await claimed(run.id);
        await store.change(takeSteps(claim, 3));
        assert.deepEqual(await next(), ['a', 0, null], 'at work');
        for (const [position, waitMs] of [null, null, 4000].entries()) {
          await store.change(postponeStep(claim, position + 1, { waitMs, failure: null, toEnd: false, stats: {} }));
        }
        assert.deepEqual(await next(), ['b', 2000, 2000]);
        await clock.advance(2500);
        assert.deepEqual(await next(), ['b', 0, null]);
        await store.takeTurn('b', 9000);
        assert.deepEqual(await next(), ['a', 500, null]);
        await clock.advance(2000);
        assert.deepEqual(await next(), ['c', 0, null], 'as they are handed out: whose wait is over comes first');
      });

      it('wait for no host as long as there are more lanes than are looked at', async () => {
        const lanes = Array.from({ length: 25 }, (_, i) => `host ${i}`);
        const run = await create(lanes.map((lane) => ({ item: lane, key: null, lane })));
        for (const lane of lanes.slice(0, 24)) await store.takeTurn(lane, 3000);
        assert.equal((await nextOf(run))?.waitMs, 0);
      });

      it('finish the run with the last of them, and free the claim', async () => {
        const { id } = await create(steps(1));
        await clock.advance(500);
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        const recorded = await store.change(recordStep(claim, 1, done(), { take: 1 }));
        assert.equal(recorded?.run.status, 'done');
        const run = await store.findRun(id);
        assert.equal(run?.status, 'done');
        assert.equal(run?.endedAt, clock.now());
        assert.equal(run?.activeMs, 500);
        assert.equal(run?.activeSince, null);
        assert.ok(run);
        assert.equal(await nextOf(run), null);
      });

      it('add new items behind those that wait, and never the same key again', async () => {
        const { id } = await create(keyed('a', 'b'));
        await recordNext(id, 0, 1, done([], keyed('c', 'a', 'b')));
        const run = await store.findRun(id);
        assert.equal(run?.total, 3);
        await recordNext(id, 1);
        assert.ok(run);
        assert.equal((await nextOf(run))?.step.item, 'c');
      });

      it('count an attempt each time they are handed out', async () => {
        const { id } = await create(steps(1));
        for (const attempt of [1, 2, 3]) {
          const claim = await claimed(id);
          assert.equal((await store.change(takeSteps(claim, 1)))?.steps[0]?.attempts, attempt);
          await clock.advance(LEASE_MS);
        }
      });

      it('that are put back wait until they are due, in place', async () => {
        const { id } = await create(steps('a', 'b'));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        await store.change(postponeStep(claim, 1, { waitMs: 1000, failure: FAILURE, toEnd: false, stats: {} }));
        assert.deepEqual(await store.change(takeSteps(claim, 1)), { steps: [], waitMs: 1000 });
        await clock.advance(1000);
        const [step] = (await store.change(takeSteps(claim, 1)))?.steps ?? [];
        assert.equal(step?.item, 'a');
        assert.equal(step?.attempts, 2);
      });

      it('that are put back do not wait for what a clock said before it was set back', async () => {
        const { id } = await create(['a', 'b'].map((item) => ({ item, key: null, lane: item })));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 2));
        await store.change(postponeStep(claim, 1, { waitMs: 60_000, failure: FAILURE, toEnd: false, stats: {} }));
        clock.jump(-3_600_000);
        const recorded = await store.change(recordStep(claim, 2, done(), { take: 1 }));
        assert.deepEqual(
          recorded?.handed.steps.map(({ item }) => item),
          ['a'],
        );
        await store.change(postponeStep(claim, 1, { waitMs: 1000, failure: FAILURE, toEnd: false, stats: {} }));
        assert.deepEqual(await store.change(takeSteps(claim, 1)), { steps: [], waitMs: 1000 });
      });

      it('that were never begun give their attempt back', async () => {
        const { id } = await create(steps('a'));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        await store.change(postponeStep(claim, 1, { waitMs: null, failure: null, toEnd: false, stats: {} }));
        assert.equal((await store.change(takeSteps(claim, 1)))?.steps[0]?.attempts, 1);
      });

      it('are put back once, however often that is asked', async () => {
        const { id } = await create(steps('a'));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        const back = { waitMs: null, failure: null, toEnd: false, stats: {} };
        assert.equal(await store.change(postponeStep(claim, 1, back)), true);
        assert.equal(await store.change(postponeStep(claim, 1, back)), null);
        assert.equal((await store.change(takeSteps(claim, 1)))?.steps[0]?.attempts, 1);
      });

      it('that go to the end of the line come after the others', async () => {
        const { id } = await create(steps('a', 'b', 'c'));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        await store.change(postponeStep(claim, 1, { waitMs: null, failure: FAILURE, toEnd: true, stats: {} }));
        const order = [];
        for (let handed = await store.change(takeSteps(claim, 1)); handed?.steps[0]; ) {
          const { position, item } = handed.steps[0];
          order.push(item);
          handed = (await store.change(recordStep(claim, position, done(), { take: 1 })))?.handed ?? null;
        }
        assert.deepEqual(order, ['b', 'c', 'a']);
      });

      it('that failed for good are recorded and listed', async () => {
        const { id } = await create(steps('a', 'b'));
        await recordNext(id, 0, 1, { status: 'failed', failure: FAILURE, stats: {} });
        const [failed] = await store.listFailures(id, null, 10);
        assert.equal(failed?.item, 'a');
        assert.equal(failed?.status, 'failed');
        assert.deepEqual(failed?.failure, FAILURE);
        assert.equal((await store.findRun(id))?.failedCount, 1);
      });
    });

    describe('texts of any length and character', () => {
      const long = 'x'.repeat(10_000);
      const texts = [`${long}a`, `${long}b`, 'nul\0', 'half \ud83d', '飛び石'];

      it('are keys, lanes, notes and ids', async () => {
        const items = texts.map((text) => ({ item: text, key: text, lane: text }));
        const { id, total } = await create([...items, ...items]);
        assert.equal(total, texts.length);
        const claim = await store.change(claimRun(id, 0, LEASE_MS, 9));
        assert.ok(claim);
        assert.deepEqual(
          claim.handed.steps.map(({ item }) => item),
          texts,
        );
        const recording = { ...done([], items), outcome: { note: 'a\0b' } };
        const recorded = await store.change(recordStep(claim, 3, recording, { take: 9 }));
        assert.deepEqual([recorded?.run.total, recorded?.handed.steps], [texts.length, []]);
        assert.equal((await store.listSteps(id, 0, 1))[0]?.note, 'a\ufffdb');
        assert.equal(await store.findRun('\0'), null);
      });

      it('are cached as they are', async () => {
        for (const text of ['text\0, and more', '飛び石']) {
          await store.writeCache(long, text, 1000);
          assert.equal(await store.readCache(long), text);
        }
      });
    });

    describe('errors', () => {
      const broken = { name: 'TypeError', message: 'no table', stack: 'TypeError: no table\n    at 表' };
      const kept = (position: number, attempt: number) => ({ position, attempt, at: clock.now(), ...broken });

      it('of attempts are kept whatever became of them, newest first, and counted', async () => {
        const { id } = await create(steps('a', 'b'));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        const attempt = { failure: FAILURE, error: broken, stats: {} };
        await store.change(postponeStep(claim, 1, { ...attempt, waitMs: null, toEnd: false }));
        await store.change(takeSteps(claim, 1));
        await store.change(recordStep(claim, 1, { status: 'failed', ...attempt }, { take: 1 }));
        await store.change(giveUpStep(claim, 2, attempt));
        const errors = await store.listErrors(id);
        assert.deepEqual(errors, [kept(2, 1), kept(1, 2), kept(1, 1)]);
        assert.equal((await store.findRun(id))?.errorCount, 3);
      });

      it('are the newest hundred of a run, and go with it', async () => {
        const { id } = await create(steps('a'));
        const claim = await claimed(id);
        for (let i = 0; i < KEPT_ERRORS + 2; i += 1) {
          await store.change(takeSteps(claim, 1));
          const why = { failure: FAILURE, error: { ...broken, message: `${i}` }, stats: {} };
          await store.change(postponeStep(claim, 1, { ...why, waitMs: null, toEnd: false }));
        }
        const errors = await store.listErrors(id);
        assert.deepEqual([errors.length, errors[0]?.message, errors.at(-1)?.message], [KEPT_ERRORS, '101', '2']);
        await store.deleteRun(id);
        while (await store.sweep(60_000, 1000));
        assert.deepEqual(await store.listErrors(id), []);
      });
    });

    describe('failures', () => {
      it('are listed page by page, newest first', async () => {
        const { id } = await create(steps('a', 'b', 'c'));
        await recordNext(id, 0, 3, { status: 'failed', failure: FAILURE, stats: {} });
        assert.deepEqual(
          (await store.listFailures(id, null, 2)).map(({ seq }) => seq),
          [3, 2],
        );
        assert.deepEqual(
          (await store.listFailures(id, 2, 2)).map(({ seq }) => seq),
          [1],
        );
      });
    });

    describe('recorded steps', () => {
      it('are listed page by page, in the order in which they were planned', async () => {
        const { id } = await create(steps('a', 'b', 'c', 'd'));
        await recordNext(id, 0, 3, {
          status: 'done',
          outcome: { note: 'UTF-8' },
          items: [],
          stats: {},
        });
        const listed = [...(await store.listSteps(id, 0, 2)), ...(await store.listSteps(id, 2, 2))];
        assert.deepEqual(
          listed.map(({ item, seq, attempts, note }) => [item, seq, attempts, note]),
          [
            ['a', 1, 1, 'UTF-8'],
            ['b', 2, 1, 'UTF-8'],
            ['c', 3, 1, 'UTF-8'],
          ],
        );
      });
    });

    describe('control', () => {
      it('pauses and resumes; a paused run hands nothing out, but records what was at work', async () => {
        const { id } = await create(steps(1, 2));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        await clock.advance(1000);
        assert.equal((await store.change(pauseRun(id)))?.status, 'paused');
        const recorded = await store.change(recordStep(claim, 1, done(), { take: 1 }));
        assert.equal(recorded?.run.status, 'paused');
        assert.equal(recorded?.run.seq, 1);
        assert.deepEqual(recorded?.handed, { steps: [], waitMs: null });
        await clock.advance(5000);
        const resumed = await store.change(resumeRun(id));
        assert.equal(resumed?.status, 'running');
        assert.equal(resumed?.activeMs, 1000);
        assert.equal(resumed?.activeSince, clock.now());
        assert.equal(await store.change(resumeRun(id)), null);
      });

      it('cancels for good, and throws away what was at work', async () => {
        const { id } = await create(steps(1));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        const run = await store.change(cancelRun(id));
        assert.equal(run?.status, 'cancelled');
        assert.equal(run?.endedAt, clock.now());
        assert.equal(await store.change(recordStep(claim, 1, done([{ a: 1 }]), { take: 1 })), null);
        for (const change of [pauseRun, resumeRun, retryRun, skipStep, cancelRun]) {
          assert.equal(await store.change(change(id)), null);
        }
      });

      it('retries the step that gave up, with its attempts back', async () => {
        const { id } = await create(steps('a', 'b'));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        const failed = await store.change(giveUpStep(claim, 1, { failure: FAILURE, stats: {} }));
        assert.equal(failed?.status, 'failed');
        assert.equal(failed?.reason, 'step-failed');
        assert.equal(failed?.gaveUpPosition, 1);
        assert.ok(failed);
        assert.deepEqual((await nextOf(failed))?.step.failure, FAILURE);
        const retried = await store.change(retryRun(id));
        assert.equal(retried?.status, 'running');
        assert.equal(retried?.reason, null);
        const again = await claimed(id);
        const [step] = (await store.change(takeSteps(again, 1)))?.steps ?? [];
        assert.equal(step?.item, 'a');
        assert.equal(step?.attempts, 1);
      });

      it('skips the step that gave up, and finishes if it was the last', async () => {
        const { id } = await create(steps('a', 'b'));
        for (const [position, status] of [
          [1, 'running'],
          [2, 'done'],
        ] as const) {
          const claim = await claimed(id, position - 1);
          await store.change(takeSteps(claim, 1));
          await store.change(giveUpStep(claim, position, { failure: FAILURE, stats: {} }));
          const run = await store.change(skipStep(id));
          assert.equal(run?.status, status);
          assert.equal(run?.seq, position);
        }
        assert.deepEqual(
          (await store.listFailures(id, null, 10)).map(({ item, status }) => ({ item, status })),
          [
            { item: 'b', status: 'skipped' },
            { item: 'a', status: 'skipped' },
          ],
        );
      });

      it('fails a paused run whose step at work gave up', async () => {
        const { id } = await create(steps('a'));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        await store.change(pauseRun(id));
        assert.equal((await store.change(giveUpStep(claim, 1, { failure: FAILURE, stats: {} })))?.status, 'failed');
      });
    });

    describe('figures', () => {
      it('are summed over every attempt, whatever became of it', async () => {
        const { id } = await create(steps(1, 2));
        const claim = await claimed(id);
        await store.change(takeSteps(claim, 1));
        await store.change(
          postponeStep(claim, 1, {
            waitMs: null,
            failure: FAILURE,
            toEnd: false,
            stats: { bytes: 10, tries: 1 },
          }),
        );
        await store.change(takeSteps(claim, 1));
        await store.change(recordStep(claim, 1, { ...done(), stats: { bytes: 5 } }, { take: 1 }));
        await store.change(giveUpStep(claim, 2, { failure: FAILURE, stats: { tries: 1 } }));
        assert.deepEqual((await store.findRun(id))?.stats, { bytes: 15, tries: 2 });
      });

      it('keep a hundred names at most', async () => {
        const { id } = await create(steps(1));
        const stats = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`n${i}`, 1]));
        await recordNext(id, 0, 1, { ...done(), stats });
        assert.equal(Object.keys((await store.findRun(id))?.stats ?? {}).length, 100);
      });
    });

    describe('deleting', () => {
      it('removes a run at once, with the step at work, and what belonged to it when swept', async () => {
        const { id } = await create(steps(1, 2));
        await recordNext(id, 0, 1, done([{ a: 1 }]));
        const claim = await claimed(id, 1);
        await store.change(takeSteps(claim, 1));
        assert.equal(await store.deleteRun(id), true);
        assert.equal(await store.findRun(id), null);
        assert.equal(await store.change(recordStep(claim, 2, done(), { take: 1 })), null);
        assert.equal(await store.deleteRun(id), false);
        while (await store.sweep(60_000, 100));
        assert.deepEqual(await store.listRows(id, 0, 10), []);
      });
    });

    describe('sharing', () => {
      it('lets whoever knows the token find the run, until it is revoked', async () => {
        const { id } = await create(steps(1));
        assert.equal((await store.change(shareRun(id, 'token')))?.shareToken, 'token');
        assert.equal((await store.findSharedRun('token'))?.id, id);
        assert.equal(await store.findSharedRun('another'), null);
        await store.change(shareRun(id, null));
        assert.equal(await store.findSharedRun('token'), null);
        assert.equal(await store.change(shareRun('absent', 'token')), null);
      });
    });

    describe('rows', () => {
      it('come back in step order, exactly as they were, page by page', async () => {
        const { id } = await create(steps(1, 2));
        const rows = [
          { a: 'x', b: null },
          { a: '"日本", 😀\u0000\n', b: 1.5 },
          { a: '', b: { deep: [1] } },
        ];
        await recordNext(id, 0, 1, done(rows.slice(0, 2)));
        await recordNext(id, 1, 1, done(rows.slice(2)));
        assert.deepEqual(await store.listRows(id, 0, 2), [
          { number: 1, row: rows[0] },
          { number: 2, row: rows[1] },
        ]);
        assert.deepEqual(await store.listRows(id, 2, 2), [{ number: 3, row: rows[2] }]);
        assert.equal((await store.findRun(id))?.rowCount, 3);
      });
    });

    describe('turns', () => {
      const granted = { granted: true };

      it('of a host are a delay apart, counted from the last start', async () => {
        assert.deepEqual(await store.takeTurn('example.org', 1000), granted);
        await clock.advance(400);
        assert.deepEqual(await store.takeTurn('example.org', 1000), { granted: false, waitMs: 600 });
        assert.deepEqual(await store.takeTurn('another.example', 1000), granted);
        await clock.advance(600);
        assert.deepEqual(await store.takeTurn('example.org', 1000), granted);
      });

      it('are granted to one of many who ask at the same time', async () => {
        const asked = await Promise.all(Array.from({ length: 20 }, () => store.takeTurn('example.org', 1000)));
        assert.equal(asked.filter((turn) => turn.granted).length, 1);
      });

      it('keep to the longest delay asked for by those who share the host', async () => {
        await store.takeTurn('example.org', 1000);
        assert.deepEqual(await store.takeTurn('example.org', 5000), { granted: false, waitMs: 5000 });
        await clock.advance(1000);
        assert.deepEqual(await store.takeTurn('example.org', 1000), { granted: false, waitMs: 4000 });
        await clock.advance(4000);
        assert.deepEqual(await store.takeTurn('example.org', 5000), granted);
        await clock.advance(60_000);
        await store.takeTurn('example.org', 1000);
        await clock.advance(1000);
        assert.deepEqual(await store.takeTurn('example.org', 1000), granted);
      });

      it('do not wait for a start in the future when the clock is set back', async () => {
        await store.takeTurn('example.org', 1000);
        clock.jump(-3_600_000);
        assert.deepEqual(await store.takeTurn('example.org', 1000), { granted: false, waitMs: 1000 });
        await clock.advance(1000);
        assert.deepEqual(await store.takeTurn('example.org', 1000), granted);
      });
    });

    describe('waits for turns', () => {
      it('are told for each of many keys, in their order, and take no turn', async () => {
        await store.takeTurn('a', 3000);
        await store.pauseTurns('b', 5000);
        await clock.advance(1000);
        assert.deepEqual(await store.turnWaits(['b', 'unknown', 'a', 'b']), [
          { waitMs: 4000, pausedForMs: 4000 },
          { waitMs: 0, pausedForMs: null },
          { waitMs: 2000, pausedForMs: null },
          { waitMs: 4000, pausedForMs: 4000 },
        ]);
        assert.deepEqual(await store.takeTurn('unknown', 1000), { granted: true });
      });
    });

    describe('a delay of an hour', () => {
      it('holds up others for a minute at most', async () => {
        await store.takeTurn('example.org', 3_600_000);
        await clock.advance(60_000);
        assert.deepEqual(await store.takeTurn('example.org', 3_600_000), { granted: false, waitMs: 3_540_000 });
        assert.deepEqual(await store.takeTurn('example.org', 1000), { granted: true });
      });
    });

    describe('a start that was later than its turn', () => {
      it('counts for the next turn from when it happened', async () => {
        await store.takeTurn('example.org', 1000);
        await clock.advance(300);
        await store.noteStart('example.org');
        await clock.advance(700);
        assert.deepEqual(await store.takeTurn('example.org', 1000), { granted: false, waitMs: 300 });
        await clock.advance(300);
        assert.deepEqual(await store.takeTurn('example.org', 1000), { granted: true });
      });
    });

    describe('a key whose turns are paused', () => {
      const pausedForMs = async () => (await store.turnWaits(['example.org']))[0]?.pausedForMs;

      it('has none until the pause is over, and never sooner for being paused again', async () => {
        assert.equal(await pausedForMs(), null);
        await store.pauseTurns('example.org', 60_000);
        await store.pauseTurns('example.org', 30_000);
        assert.equal(await pausedForMs(), 60_000);
        assert.deepEqual(await store.takeTurn('example.org', 1000), { granted: false, waitMs: 60_000 });
        await clock.advance(60_000);
        assert.equal(await pausedForMs(), null);
        assert.deepEqual(await store.takeTurn('example.org', 1000), { granted: true });
      });
    });

    describe('cached text', () => {
      it('is kept until it expires, and replaced by what is newer', async () => {
        assert.equal(await store.readCache('robots'), null);
        await store.writeCache('robots', 'old', 1000);
        await store.writeCache('robots', 'new', 2000);
        await clock.advance(1999);
        assert.equal(await store.readCache('robots'), 'new');
        await clock.advance(1);
        assert.equal(await store.readCache('robots'), null);
      });
    });

    describe('sweeping', () => {
      it('deletes old runs with all that belongs to them, a bite at a time, and keeps the others', async () => {
        const old = await create(steps(1, 2, 3));
        await recordNext(old.id, 0, 3, done([{ a: 1 }, { a: 2 }]));
        await clock.advance(10_000);
        const young = await create(steps(1));
        await recordNext(young.id, 0, 1, done([{ a: 1 }]));
        let bites = 0;
        while (await store.sweep(10_000 - 1, 2)) bites += 1;
        assert.ok(bites > 1, `${bites} bites`);
        assert.equal(await store.findRun(old.id), null);
        assert.deepEqual(await store.listRows(old.id, 0, 10), []);
        assert.equal(await nextOf(old), null);
        assert.equal((await store.listRows(young.id, 0, 10)).length, 1);
      });
    });
  });
}
