import type { Entry } from './ledger.js';
import type { StoredRun } from './records.js';
import type { Life } from './servers.js';
import { allStones, type Settings } from './stones.js';
import { isBeginning, type Problem } from './visitor.js';

/** What is known of one run when all is over. */
export interface Evidence {
  readonly run: StoredRun;
  /** What its steps wrote themselves; null for jobs that keep no ledger. */
  readonly ledger: readonly Entry[] | null;
  /** The most rows that a visitor saw before. */
  readonly seenRows: readonly unknown[];
  /** How many steps of a run may be at work at once. */
  readonly atOnce: number;
}

/** How many executions a run may have lost, and why. */
export interface Losses {
  /** By process id. Each can lose what it had at work, once for each time that it was killed or lapsed. */
  readonly byPid: ReadonlyMap<number, number>;
  /** Times the database was away: each can lose what was at work at that moment, wherever, and quick steps just before. */
  readonly outages: number;
}

/** What a run's executions came to. */
export interface Tally {
  readonly executions: number;
  readonly recorded: number;
  readonly threw: number;
  /** Neither recorded nor a failure of its own: its process died, or the database was away when it ended. */
  readonly lost: number;
}

/** Records of a run that a power cut finds not on the disk yet: those of quick steps, of a tenth of a second at most. */
const UNFLUSHED = 2;

export function checkRun(evidence: Evidence, losses: Losses): Problem[] {
  const { run, seenRows } = evidence;
  const problems: Problem[] = [];
  const expect = (holds: boolean, rule: string, detail: string) => {
    if (!holds) problems.push({ run: run.id, rule, detail });
  };
  expect(run.status === 'done', 'not-ended', `${run.status} at ${run.seq} of ${run.total}`);
  expect(!run.leased, 'lease-left', run.status);
  checkSteps(run, expect);
  checkRows(run, expect);
  expect(
    isBeginning(
      seenRows,
      run.rows.map(({ data }) => data),
    ),
    'row-changed',
    'after a visitor had read it',
  );
  if (evidence.ledger !== null) checkLedger(run, evidence.ledger, evidence.atOnce, losses, expect);
  return problems;
}

type Expect = (holds: boolean, rule: string, detail: string) => void;

/** Recorded exactly once and in order. */
function checkSteps({ steps, seq, total, status }: StoredRun, expect: Expect): void {
  const positions = steps.map(({ position }) => position);
  expect(isCount(positions) && positions.length === total, 'steps-known', `positions ${positions}, total ${total}`);
  const recorded = steps.filter((step) => step.seq !== null);
  const seqs = recorded.map((step) => Number(step.seq)).sort((a, b) => a - b);
  expect(isCount(seqs), 'recorded-once', `seq ${seqs}`);
  expect(seqs.length === seq, 'seq-counts', `${seqs.length} steps are recorded, seq is ${seq}`);
  expect(status !== 'done' || seq === total, 'done-early', `done at ${seq} of ${total}`);
  const lastOfLane = new Map<string, number>();
  for (const step of recorded) {
    const before = lastOfLane.get(step.lane) ?? 0;
    const at = `position ${step.position}, seq ${step.seq} after ${before}`;
    expect(Number(step.seq) > before, 'in-order', `lane ${step.lane}: ${at}`);
    lastOfLane.set(step.lane, Number(step.seq));
  }
}

function checkRows({ rows, rowCount, steps }: StoredRun, expect: Expect): void {
  expect(isCount(rows.map(({ number }) => number)), 'rows-numbered', `${rows.map(({ number }) => number)}`);
  expect(rows.length === rowCount, 'rows-counted', `${rows.length} rows, counted ${rowCount}`);
  const done = new Set(steps.filter(({ status }) => status === 'done').map(({ seq }) => seq));
  let before = 0;
  for (const { number, seq } of rows) {
    expect(seq >= before, 'rows-in-order', `row ${number} is of seq ${seq}, the one before of ${before}`);
    expect(done.has(seq), 'row-of-nobody', `row ${number} is of seq ${seq}, which is not done`);
    before = seq;
  }
}

/** Executions against records: each record has its execution, and each execution beyond that its excuse. */
function checkLedger(run: StoredRun, ledger: readonly Entry[], atOnce: number, losses: Losses, expect: Expect): void {
  const names = run.steps.map(({ item }) => String((item as { name?: unknown }).name));
  const planned = [...allStones(run.input as Settings).keys()];
  if (run.status === 'done') {
    expect(sameMembers(names, planned), 'steps-planned', `has ${names}, should have ${planned}`);
  }
  const ended = new Map(ledger.filter(({ event }) => event === 'end').map((entry) => [entry.execution, entry]));
  const stepOfSeq = new Map(run.steps.map((step) => [step.seq, step]));
  for (const { number, seq, data } of run.rows) {
    const { stone, execution } = data as { stone?: unknown; execution?: unknown };
    const step = stepOfSeq.get(seq);
    expect((step?.item as { name?: unknown } | undefined)?.name === stone, 'row-of-step', `row ${number}, seq ${seq}`);
    const key = ended.get(String(execution))?.key;
    expect(key === `${run.id}:${step?.position}`, 'row-of-execution', `row ${number}: execution ${execution}`);
  }
  expect(run.rows.length === run.steps.filter(({ status }) => status === 'done').length, 'row-a-step', run.id);

  let allowed = losses.outages * (atOnce + UNFLUSHED);
  for (const [pid, lost] of lostByPid(run, ledger)) {
    const excused = Math.min(lost, (losses.byPid.get(pid) ?? 0) * atOnce);
    allowed -= lost - excused;
    expect(allowed >= 0, 'executed-too-often', `process ${pid} lost ${lost} executions, ${excused} of them excused`);
  }
}

function lostByPid(run: StoredRun, ledger: readonly Entry[]): Map<number, number> {
  const settled = new Set(ledger.filter(({ event }) => event === 'threw').map(({ execution }) => execution));
  for (const { data } of run.rows) settled.add(String((data as { execution?: unknown }).execution));
  const lost = new Map<number, number>();
  for (const { event, execution, pid } of ledger) {
    if (event === 'begin' && !settled.has(execution)) lost.set(pid, (lost.get(pid) ?? 0) + 1);
  }
  return lost;
}

export function tally(run: StoredRun, ledger: readonly Entry[]): Tally {
  const count = (event: Entry['event']) => ledger.filter((entry) => entry.event === event).length;
  const lost = [...lostByPid(run, ledger).values()].reduce((sum, n) => sum + n, 0);
  return { executions: count('begin'), recorded: run.rows.length, threw: count('threw'), lost };
}

/** Processes end when they are told to, or by a step that is meant to end them, and never for another reason. */
export function checkLives(lives: readonly Life[], ledgers: readonly Entry[], databaseWentAway: boolean): Problem[] {
  const exits = exitsByStep(ledgers);
  const problems: Problem[] = [];
  for (const { pid, server, ready, end, code, log } of lives) {
    const tell = (rule: string) =>
      problems.push({ run: '', rule, detail: `server ${server}, process ${pid}, exit code ${code}:\n${log}` });
    if (end === null) tell('process-left');
    if (end === 'stuck') tell('does-not-stop');
    // A step may end the process while it is stopping.
    if (end === 'stopped' && code !== 0 && ready && !exits.has(pid)) tell('stopped-badly');
    // One that finds no database when it starts may say so and end.
    if (end === 'exited' && !exits.has(pid) && (ready || !databaseWentAway)) tell('crashed');
  }
  return problems;
}

export function lossesOf(lives: readonly Life[], ledgers: readonly Entry[], outages: number): Losses {
  const exits = exitsByStep(ledgers);
  const byPid = new Map<number, number>();
  for (const { pid, end, lapses } of lives) {
    const died = end === 'killed' || end === 'stuck' || exits.has(pid);
    byPid.set(pid, (byPid.get(pid) ?? 0) + (died ? 1 : 0) + lapses);
  }
  return { byPid, outages };
}

export function exitsByStep(ledgers: readonly Entry[]): Set<number> {
  return new Set(ledgers.filter(({ event }) => event === 'exit').map(({ pid }) => pid));
}

/** 1, 2, 3, … */
function isCount(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => number === i + 1);
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join() === [...b].sort().join();
}
