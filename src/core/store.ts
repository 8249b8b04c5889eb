import type { Claim } from './claim.js';
import type { RunChange } from './decision.js';
import type { Upcoming } from './lanes.js';
import type { KeptOf } from './quotas.js';
import type { Turn, TurnWait } from './rate-limit.js';
import type { NewRun, Run, RunState, RunStatus } from './run.js';
import type { AttemptError, NewStep, Row, Step, StepRecord } from './step.js';

/** What runs are searched for; null matches every run. */
export interface RunFilter {
  readonly status: RunStatus | null;
  readonly job: string | null;
  readonly visitorId: string | null;
  readonly network: string | null;
  /** Stands in the input as it is kept, or is a host that the run has asked, or above one, by the abuse log. */
  readonly host: string | null;
}

export const ANY_RUN: RunFilter = { status: null, job: null, visitorId: null, network: null, host: null };

/** What an attempt of any run threw. */
export interface RunError extends AttemptError {
  readonly runId: string;
  readonly job: string;
}

export interface StoreSize {
  /** On its disk, with what is free within the file; null where nobody can say. */
  readonly bytes: number | null;
  readonly runs: Readonly<Record<RunStatus, number>>;
}

export interface RecordedRow {
  /** From 1, counting the run's rows in step order. */
  readonly number: number;
  readonly row: Row;
}

/** Rows of a run as they are kept. */
export interface RowLines {
  /** The number of the last one. */
  readonly last: number;
  /** JSON in UTF-8, a row a line, each line with its end. */
  readonly lines: Buffer;
}

export function parseRows({ lines }: RowLines): Row[] {
  // A large one is not copied.
  if (lines.indexOf('\n') === lines.length - 1) return [JSON.parse(lines.toString())];
  // All at once, which is sooner done than one after the other.
  return JSON.parse(`[${lines.toString('utf8', 0, lines.length - 1).replaceAll('\n', ',')}]`);
}

/** What all cached texts may take, and after how much that was written it is looked at. */
export const CACHE_BYTES = 256_000_000;
export const CACHE_CHECKED_BYTES = 16_000_000;

/** No list of runs or of steps goes on when it has so many bytes of inputs or items, but the first is always there. */
export const LIST_BYTES = 4_000_000;

/** Errors kept for the operator: the newest of each run. */
export const KEPT_ERRORS = 100;

/** So many visitors may have all their runs from one network, such as a school's. */
export const VISITORS_OF_NETWORK = 50;

/**
 * Where runs and steps live. It decides nothing: `core/run-changes.ts` says what becomes of a run, `core/rate-limit.ts` whose
 * turn it is. Every method is one short transaction. A store that cannot be reached throws `TobiishiError` with code
 * `store-unavailable`.
 */
export interface Store {
  /**
   * Where runs travel with their visitors' browsers: for one that another process had, and this one has not had at work yet.
   * `atWork`: whether a step was when it left, whose attempt is counted in what came. Null for every other run.
   */
  stranger?(runId: string): { readonly atWork: boolean } | null;

  // Runs

  /**
   * Plans and starts a run. Throws `too-many-runs` when the visitor has `maxUnfinished` unfinished ones, and
   * `too-busy` when the network has `VISITORS_OF_NETWORK` times as many.
   */
  createRun(run: NewRun, steps: readonly NewStep[], maxUnfinished: number): Promise<Run>;
  /**
   * Changes the run by a decision of `core/run-changes.ts`: what it was decided from is still true when it is written, and
   * it is written whole or not at all. Null when the run is absent, when its claim was lost, or when the change is not
   * allowed; nothing is written then.
   *
   * `also` is called with the answer in the transaction that writes it, for what lies in the same database and is to be
   * written with it. A store that cannot do so never calls it.
   */
  change<T>(change: RunChange<T>, also?: (answer: T) => void): Promise<T | null>;
  /** Gone at once; what belonged to it is swept bit by bit. A step at work is thrown away. False when absent. */
  deleteRun(id: string): Promise<boolean>;

  // Reading

  findRun(id: string): Promise<Run | null>;
  findSharedRun(token: string): Promise<Run | null>;
  /** About how many bytes are kept of these runs, by their own `bytes`. What was deleted counts no more. */
  bytesKept(of: KeptOf): Promise<number>;
  /** Unfinished ones first, the newest of each first. To `LIST_BYTES`. */
  listRuns(visitorId: string, limit: number): Promise<Run[]>;
  /** Everybody's, newest first, to `LIST_BYTES`. For the operator alone: it looks at every run there is. */
  searchRuns(filter: RunFilter, limit: number): Promise<Run[]>;
  /**
   * For `chooseNext`: the heads that come first, `LOOKED_AT` of those with a due time and as many of those without one. The
   * step that gave up, alone, where there is one; empty when none is left.
   */
  listUpcoming(run: RunState): Promise<Upcoming[]>;
  /** Waiting steps that were handed out under an earlier claim and neither recorded nor put back: its holder died. */
  listAbandoned(claim: Claim): Promise<StepRecord[]>;
  /** Other `running` runs whose lease ended, or will end, no more than `withinMs` before or after the run's own. At most 1,000. */
  listAbandonedRuns(run: RunState, withinMs: number): Promise<RunState[]>;
  /**
   * `running` runs that may go on in the background, that nobody works on and whose record is older than `idleMs`, longest
   * first, but for those in `except`.
   */
  listIdleRuns(idleMs: number, except: readonly string[], limit: number): Promise<RunState[]>;
  /**
   * Rows with a number above `after`, in order. No more than `limit`, and none beyond about `mostBytes` of JSON (default: all),
   * but always one when there is any.
   */
  listRows(runId: string, after: number, limit: number, mostBytes?: number): Promise<RecordedRow[]>;
  /** Likewise, as they are kept; null when there is none. */
  readRows(runId: string, after: number, limit: number, mostBytes: number): Promise<RowLines | null>;
  /** Likewise, those that come just before number `before`: also in order, and also one when there is any. */
  listRowsBefore(runId: string, before: number, limit: number, mostBytes?: number): Promise<RecordedRow[]>;
  /** Failed and skipped steps, newest first, from the one recorded before seq `before` on; null for the newest. To `LIST_BYTES`. */
  listFailures(runId: string, before: number | null, limit: number): Promise<Step[]>;
  /** Recorded steps with a position above `after`, in order of position. To `LIST_BYTES`. */
  listSteps(runId: string, after: number, limit: number): Promise<Step[]>;
  /** What the run's attempts threw, newest first: `KEPT_ERRORS` at most. For the operator alone. */
  listErrors(runId: string): Promise<AttemptError[]>;
  /** Of all runs, newest first. Likewise. */
  listNewestErrors(limit: number): Promise<RunError[]>;

  /** For the operator: it counts every run. */
  size(): Promise<StoreSize>;

  // Rate limits, under keys of any text

  /**
   * Asks for the key's next start. `delayMs` counts from the last start; while several runs ask for the same key, the
   * longest of their delays holds for all, so that the most careful one is never starved.
   */
  takeTurn(key: string, delayMs: number): Promise<Turn>;
  /** The start that the key's last turn was for happened only now: the delay to the next one counts from here. */
  noteStart(key: string): Promise<void>;
  /** Nobody's turn comes within the next `forMs`. Never shortens an earlier pause. */
  pauseTurns(key: string, forMs: number): Promise<void>;
  /** How long each key still waits for its next turn, in the order of `keys`. */
  turnWaits(keys: readonly string[]): Promise<TurnWait[]>;

  // A cache for all runs. What is kept under keys that begin with a run's id and a colon goes with the run.

  /** Text kept under `key`, or null when there is none or it has expired. */
  readCache(key: string): Promise<string | null>;
  /** With `ofRun`, only while there is that run. */
  writeCache(key: string, text: string, ttlMs: number, ofRun?: string | null): Promise<void>;
  /**
   * Deletes from what is kept under keys that begin so, what expires first, until the rest takes no more than `mostBytes`. All
   * together a store keeps to `CACHE_BYTES` by itself.
   */
  trimCache(prefix: string, mostBytes: number): Promise<void>;
  /** Deletes what is kept under keys that begin so. */
  deleteCached(prefix: string): Promise<void>;

  // Keeping house

  /** Deletes runs not touched for `ttlMs` and whatever has expired, at most `limit` records. True when more is left. */
  sweep(ttlMs: number, limit: number): Promise<boolean>;
  /** Throws when the store cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
