import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Claim, Recording } from '../../src/core/claim.js';
import type { RunChange } from '../../src/core/decision.js';
import { chooseNext } from '../../src/core/lanes.js';
import type { RunStatus } from '../../src/core/run.js';
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
  skipStep,
  takeSteps,
} from '../../src/core/run-changes.js';
import type { NewStep } from '../../src/core/step.js';
import type { Store } from '../../src/core/store.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

const LEASE_MS = 15_000;
const FAILURE = { code: 'broken', message: 'it broke', params: {} };
const LANES = ['', 'a', 'b'];

interface StepModel {
  readonly position: number;
  readonly lane: string;
  status: 'waiting' | 'done' | 'failed' | 'skipped';
  line: number;
  attempts: number;
  takenEpoch: number;
  dueAt: number | null;
  seq: number | null;
}

/** What a run should be: written from the contract, and simply, so that it is no copy of any store. */
interface Model {
  readonly steps: StepModel[];
  readonly rows: string[];
  status: RunStatus;
  gaveUp: StepModel | null;
  epoch: number;
  leaseUntil: number | null;
  seq: number;
}

interface Real {
  readonly store: Store;
  readonly clock: FrozenClock;
  readonly runId: string;
  /** Every claim ever granted: those that were lost go on being used. */
  readonly claims: Claim[];
  /** Whether it is asked what comes next after each command: a store may write then what it has only noted so far. */
  readonly asksNext: boolean;
}

/** Of any characters; `fc.string` would first list all there are, for seconds. */
const text = fc
  .array(fc.oneof(fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })), { maxLength: 5 })
  .map((codes) => String.fromCodePoint(...codes));

type Command = fc.AsyncCommand<Model, Real>;

/** Most runs have one lane, and stores have a short cut for them. */
function someLanes(length: { minLength?: number; maxLength: number }): fc.Arbitrary<string[]> {
  return fc.oneof(fc.array(fc.constant(''), length), fc.array(fc.constantFrom(...LANES), length));
}

const waiting = (model: Model) => model.steps.filter(({ seq }) => seq === null);

function stop(model: Model, status: RunStatus): void {
  model.status = status;
  model.epoch += status === 'cancelled' || status === 'failed' ? 1 : 0;
  if (status !== 'paused') model.leaseUntil = null;
  if (status !== 'failed') model.gaveUp = null;
}

function record(model: Model, step: StepModel, status: StepModel['status']): void {
  model.seq += 1;
  step.status = status;
  step.seq = model.seq;
  if (waiting(model).length === 0) stop(model, 'done');
}

/** The first waiting step of each lane: those whose wait began first, then the others as they stand in line. */
function heads(model: Model): StepModel[] {
  const first = LANES.flatMap((lane) =>
    waiting(model)
      .filter((step) => step.lane === lane)
      .sort((a, b) => a.line - b.line || a.position - b.position)
      .slice(0, 1),
  );
  const due = ({ dueAt }: StepModel) => dueAt ?? Number.MAX_VALUE;
  return first.sort((a, b) => due(a) - due(b) || a.line - b.line || a.position - b.position);
}

function take(model: Model, count: number, now: number): StepModel[] {
  if (model.status !== 'running') return [];
  const taken = heads(model)
    .filter(({ takenEpoch, dueAt }) => takenEpoch !== model.epoch && (dueAt === null || dueAt <= now))
    .slice(0, count);
  for (const step of taken) Object.assign(step, { attempts: step.attempts + 1, takenEpoch: model.epoch, dueAt: null });
  return taken;
}

const places = (steps: readonly { position: number; attempts: number }[] | undefined) =>
  steps?.map(({ position, attempts }) => ({ position, attempts }));

/** What a page says of the next step: the first that need not wait, else the one that waits shortest. */
function next(model: Model, now: number) {
  const waits = heads(model).map((step) => ({ ...step, waitMs: Math.max(0, (step.dueAt ?? 0) - now) }));
  const [first] = waits.sort((a, b) => a.waitMs - b.waitMs);
  return first && { position: first.position, attempts: first.attempts, waitMs: first.waitMs };
}

/** The whole of what can be seen of the run is as the model says. */
async function compare(model: Model, { store, clock, runId, asksNext }: Real): Promise<void> {
  const run = await store.findRun(runId);
  assert.ok(run);
  assert.deepEqual(
    [run.status, run.seq, run.total, run.rowCount, run.failedCount, run.gaveUpPosition, run.epoch],
    [
      model.status,
      model.seq,
      model.steps.length,
      model.rows.length,
      model.steps.filter(({ status }) => status === 'failed').length,
      model.gaveUp?.position ?? null,
      model.epoch,
    ],
  );
  assert.equal(run.activeSince === null, model.status !== 'running');
  assert.equal(run.endedAt === null, model.status !== 'done' && model.status !== 'cancelled');
  if (asksNext && (run.status === 'running' || run.status === 'paused')) {
    const shown = chooseNext(await store.listUpcoming(run), []);
    assert.ok(shown);
    const { position, attempts } = shown.step;
    assert.deepEqual({ position, attempts, waitMs: shown.waitMs }, next(model, clock.now()));
  }
  const rows = await store.listRows(runId, 0, 1000);
  assert.deepEqual(
    rows.map(({ number, row }) => [number, row['text']]),
    model.rows.map((text, i) => [i + 1, text]),
  );
  const seqs = model.steps.flatMap(({ seq }) => seq ?? []).sort((a, b) => a - b);
  assert.deepEqual(
    seqs,
    Array.from({ length: run.seq }, (_, i) => i + 1),
  );
  const failures = await store.listFailures(runId, null, 1000);
  assert.deepEqual(
    failures.map(({ position, seq, status }) => [seq, position, status]),
    model.steps
      .filter(({ status, seq }) => seq !== null && (status === 'failed' || status === 'skipped'))
      .map(({ seq, position, status }) => [seq, position, status])
      .sort((a, b) => Number(b[0]) - Number(a[0])),
  );
}

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, real) => {
      await run(model, real);
      await compare(model, real);
    },
  };
}

const control = (
  name: string,
  change: (id: string) => RunChange<unknown>,
  may: RunStatus[],
  does: (m: Model) => void,
) =>
  command(name, async (model, { store, runId }) => {
    const allowed = may.includes(model.status) && (name !== 'skip' || model.gaveUp !== null);
    assert.equal((await store.change(change(runId))) !== null, allowed);
    if (allowed) does(model);
  });

const CONTROLS: Command[] = [
  control('pause', pauseRun, ['running'], (model) => {
    model.status = 'paused';
  }),
  control('resume', resumeRun, ['paused'], (model) => {
    model.status = 'running';
  }),
  control('retry', retryRun, ['failed'], (model) => {
    if (model.gaveUp !== null) Object.assign(model.gaveUp, { attempts: 0, dueAt: null });
    model.gaveUp = null;
    model.status = 'running';
  }),
  control('skip', skipStep, ['failed'], (model) => {
    const step = model.gaveUp;
    model.gaveUp = null;
    model.status = 'running';
    if (step !== null) record(model, step, 'skipped');
  }),
  control('cancel', cancelRun, ['running', 'paused', 'failed'], (model) => stop(model, 'cancelled')),
];

const claim = fc.tuple(fc.boolean(), fc.nat(3)).map(([right, count]) =>
  command(`claim(${right ? 'seq' : 'seq + 1'}, ${count})`, async (model, { store, runId, clock, claims }) => {
    const free = model.leaseUntil === null || model.leaseUntil <= clock.now();
    const granted = await store.change(claimRun(runId, model.seq + (right ? 0 : 1), LEASE_MS, count));
    assert.equal(granted !== null, right && free && model.status === 'running');
    if (granted === null) return;
    model.epoch += 1;
    model.leaseUntil = clock.now() + LEASE_MS;
    assert.equal(granted.epoch, model.epoch);
    assert.deepEqual(places(granted.handed.steps), places(take(model, count, clock.now())));
    claims.push(granted);
  }),
);

/** A write under the newest claim or an older one: one that was lost answers that it was, and changes nothing. */
function underClaim<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  write: (args: T, held: Claim, model: Model, real: Real, owned: boolean) => Promise<void>,
): fc.Arbitrary<Command> {
  return fc.tuple(fc.constantFrom(0, 0, 0, 1), arbitrary).map(([age, args]) =>
    command(`${name}(${age === 0 ? 'newest' : 'older'} claim, ${fc.stringify(args)})`, async (model, real) => {
      const held = real.claims.at(-1 - age);
      if (held !== undefined) await write(args, held, model, real, held.epoch === model.epoch);
    }),
  );
}

/** A step being worked on under this claim, or under one before it. */
function atWork(model: Model, held: Claim, pick: number): StepModel | undefined {
  const working = waiting(model).filter(({ takenEpoch }) => takenEpoch === held.epoch);
  return working[pick % Math.max(1, working.length)] ?? waiting(model)[0];
}

const takes = underClaim('take', fc.nat(3), async (count, held, model, { store, clock }, owned) => {
  const handed = await store.change(takeSteps(held, count));
  assert.deepEqual(places(handed?.steps), owned ? places(take(model, count, clock.now())) : undefined);
});

const records = underClaim(
  'record',
  fc.record({
    pick: fc.nat(2),
    fails: fc.boolean(),
    texts: fc.array(text, { maxLength: 3 }),
    lanes: someLanes({ maxLength: 2 }),
    want: fc.constantFrom(0, 1, 3, null, null),
  }),
  async ({ pick, fails, texts, lanes, want }, held, model, { store, clock }, owned) => {
    const step = atWork(model, held, pick);
    if (step === undefined) return;
    const items: NewStep[] = lanes.map((lane) => ({ item: 'more', key: null, lane }));
    const rows = texts.map((text) => ({ text }));
    const recording: Recording = fails
      ? { status: 'failed', failure: FAILURE, stats: {} }
      : { status: 'done', outcome: { rows }, items, stats: {} };
    const recorded = await store.change(
      recordStep(held, step.position, recording, want === null ? 'release' : { take: want }),
    );
    const kept = owned && step.takenEpoch === model.epoch;
    assert.equal(recorded !== null, kept);
    if (!kept) return;
    if (!fails) {
      model.rows.push(...texts);
      for (const { lane } of items) model.steps.push(newStep(model.steps.length + 1, lane));
    }
    record(model, step, fails ? 'failed' : 'done');
    if (want === null) model.leaseUntil = null;
    assert.deepEqual(places(recorded?.handed.steps), places(want === null ? [] : take(model, want, clock.now())));
  },
);

const postpones = underClaim(
  'postpone',
  fc.record({ pick: fc.nat(2), waitMs: fc.option(fc.nat(20_000)), fails: fc.boolean(), toEnd: fc.boolean() }),
  async ({ pick, waitMs, fails, toEnd }, held, model, { store, clock }, owned) => {
    const step = atWork(model, held, pick);
    if (step === undefined) return;
    const kept = owned && step.takenEpoch === model.epoch;
    const dueAt = waitMs === null ? null : clock.now() + waitMs;
    const back = { waitMs, failure: fails ? FAILURE : null, toEnd, stats: {} };
    assert.equal(await store.change(postponeStep(held, step.position, back)), kept || null);
    if (!kept) return;
    Object.assign(step, { dueAt, takenEpoch: 0, attempts: step.attempts - (fails ? 0 : 1) });
    if (toEnd) step.line = model.steps.length + 1;
  },
);

const giveUps = underClaim('giveUp', fc.nat(2), async (pick, held, model, { store }, owned) => {
  const step = atWork(model, held, pick);
  if (step === undefined) return;
  const kept = owned && step.takenEpoch === model.epoch;
  const allowed = kept && (model.status === 'running' || model.status === 'paused');
  assert.equal(
    (await store.change(giveUpStep(held, step.position, { failure: FAILURE, stats: {} }))) !== null,
    allowed,
  );
  if (!allowed) return;
  Object.assign(step, { dueAt: null, takenEpoch: 0 });
  model.gaveUp = step;
  stop(model, 'failed');
});

const renews = underClaim('renew', fc.constant(null), async (_, held, model, { store, clock }, owned) => {
  const kept = owned && model.leaseUntil !== null;
  assert.equal(await store.change(renewClaim(held, LEASE_MS)), kept || null);
  if (kept) model.leaseUntil = clock.now() + LEASE_MS;
});

const releases = underClaim('release', fc.constant(null), async (_, held, model, { store }, owned) => {
  assert.equal(await store.change(releaseClaim(held)), owned || null);
  if (owned) model.leaseUntil = null;
});

/** Stores may forget then what they know by heart. */
const sweeps = fc.constant(
  command('sweep', async (_, { store }) => void (await store.sweep(Number.MAX_SAFE_INTEGER, 1))),
);

const advances = fc
  .constantFrom(1, LEASE_MS - 1, LEASE_MS)
  .map((ms) => command(`advance(${ms} ms)`, async (_, { clock }) => clock.advance(ms)));

function newStep(position: number, lane: string): StepModel {
  return { position, lane, status: 'waiting', line: position, attempts: 0, takenEpoch: 0, dueAt: null, seq: null };
}

/** Drives a store with random commands and compares it, after each, with a model of what a run is. */
export function storeModel(
  name: string,
  open: (clock: FrozenClock) => Promise<Store>,
  numRuns: number,
  { asksNext = true } = {},
): void {
  it(`store model: ${name} does as ${numRuns} random histories say`, async () => {
    const clock = new FrozenClock();
    const store = await open(clock);
    let runs = 0;
    const commands = fc.commands(
      [
        claim,
        claim,
        takes,
        takes,
        records,
        records,
        records,
        postpones,
        giveUps,
        renews,
        releases,
        sweeps,
        advances,
      ].concat(CONTROLS.map((one) => fc.constant(one))),
      { maxCommands: 60, size: '+1' },
    );
    const planned = someLanes({ minLength: 1, maxLength: 6 });
    try {
      await fc.assert(
        fc.asyncProperty(planned, commands, async (lanes, some) => {
          runs += 1;
          const runId = `run-${runs}`;
          const run = { id: runId, visitorId: runId, network: null, job: 'job', version: 1, input: {}, maxTotal: 1000 };
          await store.createRun(
            run,
            lanes.map((lane, item) => ({ item, key: null, lane })),
            10,
          );
          const steps = lanes.map((lane, i) => newStep(i + 1, lane));
          const model: Model = { steps, rows: [], status: 'running', gaveUp: null, epoch: 0, leaseUntil: null, seq: 0 };
          await fc.asyncModelRun(() => ({ model, real: { store, clock, runId, claims: [], asksNext } }), some);
        }),
        { numRuns },
      );
    } finally {
      await store.close();
    }
  });
}
