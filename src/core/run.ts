import type { Json } from './step.js';
import type { KeptUpload } from './upload.js';

export const RUN_STATUSES = ['running', 'paused', 'failed', 'done', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const UNFINISHED: readonly RunStatus[] = ['running', 'paused', 'failed'];

/** Why a run is `failed`. Each is also the key of its text in `locales/`. */
export type RunReason =
  | 'step-failed'
  | 'version-changed'
  | 'job-missing'
  | 'outgrown'
  | 'too-large'
  | 'too-much-kept'
  | 'storage-full'
  | 'plan-changed';

/** What the visitor asked for, as the job's schema parsed it. */
export type Input = Readonly<Record<string, Json>>;

export interface Run {
  /** 128 random bits, base64url. */
  readonly id: string;
  readonly visitorId: string;
  /** Of the network from which it was started, an opaque text: its runs share limits. Null where nobody knows. */
  readonly network: string | null;
  readonly job: string;
  /** Version of the job that planned this run. */
  readonly version: number;
  readonly input: Input;
  readonly status: RunStatus;
  readonly reason: RunReason | null;
  /** How many steps are recorded: the sequence number the visitor watches. */
  readonly seq: number;
  /** How many steps are known: recorded, waiting, and those of the plan that are not added yet. */
  readonly total: number;
  /** No item is added past this many, but for those that do not count: each of them moves it by one. */
  readonly maxTotal: number;
  /** Items left out because of `maxTotal`. */
  readonly droppedCount: number;
  readonly rowCount: number;
  readonly fileCount: number;
  readonly failedCount: number;
  /** Position of the step that gave up, while the run is `failed` because of it. */
  readonly gaveUpPosition: number | null;
  /** Raised by every claim and by cancelling: what an older claim still writes is thrown away. */
  readonly epoch: number;
  /** When the claim's lease ends, in ms since 1970; null when nobody holds a claim. */
  readonly leaseUntil: number | null;
  /** Times in ms since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
  /** Start of the present stretch of running; null when not running. */
  readonly activeSince: number | null;
  /** Milliseconds of the earlier stretches. */
  readonly activeMs: number;
  /** What steps counted (`StepContext.count`), summed over every attempt. At most 100 names. */
  readonly stats: Stats;
  /** Whoever knows it may read the run; null when it is not shared. */
  readonly shareToken: string | null;
  /** Average time from one recorded step to the next, as `averageStepMs` says; null before the first. */
  readonly stepMs: number | null;
  /** Attempts that threw. The newest of them are kept for the operator (`Store.listErrors`). */
  readonly errorCount: number;
  /** Given by its owner; null for none. */
  readonly name: string | null;
  /** Whether the server may go on with it while nobody asks for its steps; it may unless its owner says otherwise. */
  readonly background: boolean;
  /** About how many bytes the store keeps of it: its input, its steps and their rows. */
  readonly bytes: number;
  /** What is to come of its plan; null when each of its steps was added. */
  readonly planned: PlanRest | null;
}

/** The part of a long plan that is made when it is needed, so that a short form does not fill a database. */
export interface PlanRest {
  /** So many items of the plan were looked at, from its beginning. */
  readonly offset: number;
  /** Stands for the last of them: a plan that is made again is the same as far as this is. */
  readonly last: string;
  /** How many steps are still to be added. */
  readonly steps: number;
  /** How many of them count towards the run's limit. */
  readonly counted: number;
}

/** What changes from step to step: a run without its input, which can be large and never changes. */
export type RunState = Omit<Run, 'input'>;

/** The run as a whole. The input is first: V8 (11.3) makes a hidden class for each copy that gets another field after it is made. */
export function withInput(state: RunState, input: Input): Run {
  return { input, ...state };
}

/** Figures by name. */
export type Stats = Readonly<Record<string, number>>;

export interface NewRun
  extends Pick<Run, 'id' | 'visitorId' | 'network' | 'job' | 'version' | 'input' | 'maxTotal'>,
    Partial<Pick<Run, 'background' | 'planned'>> {
  /** Items of the rest of its plan that are left out because of `maxTotal`. Default 0. */
  readonly droppedLater?: number;
  /** Files of its form, which stay with it. */
  readonly uploads?: readonly Pick<KeptUpload, 'id' | 'size'>[];
}

/** What a visitor can press. */
export type RunAction = 'pause' | 'resume' | 'retry' | 'skip' | 'cancel';

/**
 * Every change of status there is. The first three are made by the engine, the others by the visitor.
 */
export const TRANSITIONS = {
  // The last step known is recorded; it may have been at work when the visitor paused.
  finish: { from: ['running', 'paused'], to: 'done' },
  // A step gave up in a job that stops at failures (it may have been at work when the visitor paused), the job's version
  // changed, or the run outgrew what may be kept of it.
  fail: { from: ['running', 'paused'], to: 'failed' },
  // The visitor wants it to rest; the step being worked on is still recorded.
  pause: { from: ['running'], to: 'paused' },
  // The visitor wants it to go on.
  resume: { from: ['paused'], to: 'running' },
  // The step that gave up gets its attempts back.
  retry: { from: ['failed'], to: 'running' },
  // The step that gave up is recorded as skipped; if it was the last one, `finish` follows at once.
  skip: { from: ['failed'], to: 'running' },
  // For good; the step being worked on is aborted and its outcome thrown away.
  cancel: { from: ['running', 'paused', 'failed'], to: 'cancelled' },
} as const satisfies Record<string, { from: readonly RunStatus[]; to: RunStatus }>;

/** Reasons that may be gone when the visitor has the run go on. */
const RETRIED: readonly (RunReason | null)[] = ['step-failed', 'too-much-kept', 'storage-full'];

/** Whether the status allows the visitor's action. A run whose job changed or is gone can only be cancelled. */
export function allows(run: Pick<Run, 'status' | 'reason'>, action: RunAction): boolean {
  const from: readonly RunStatus[] = TRANSITIONS[action].from;
  if (!from.includes(run.status)) return false;
  if (action === 'cancel' || run.status !== 'failed') return true;
  return action === 'retry' ? RETRIED.includes(run.reason) : run.reason === 'step-failed';
}

export function isUnfinished(run: Pick<Run, 'status'>): boolean {
  return UNFINISHED.includes(run.status);
}

/** On average. */
const LARGE_ROW_BYTES = 50_000;

/** Whether each of its rows may take long to read. */
export function hasLargeRows({ bytes, rowCount }: Pick<Run, 'bytes' | 'rowCount'>): boolean {
  return bytes > LARGE_ROW_BYTES * rowCount;
}
