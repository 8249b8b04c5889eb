import type { Clock } from '../core/clock.js';
import { StepError } from '../core/errors.js';
import type { Owner } from '../core/fair-shares.js';
import type { FileStore } from '../core/files.js';
import { Interruption } from '../core/interruption.js';
import type { Job } from '../core/job.js';
import { isJobError } from '../core/job-error.js';
import type { Memory } from '../core/memory.js';
import { MAX_ATTEMPTS } from '../core/retry.js';
import type { Input } from '../core/run.js';
import type { SecretBox } from '../core/secrets.js';
import type { NewStep, Outcome, Step } from '../core/step.js';
import type { Store } from '../core/store.js';
import type { Aborter } from './aborter.js';
import { hideSecrets } from './hide-secrets.js';
import type { HostWatch } from './host-watch.js';
import { keepFiles } from './keep-files.js';
import { badOutcome, checkedOutcome } from './outcome.js';
import { newSteps } from './plan.js';
import type { RunWatcher } from './run-watcher.js';
import type { SealedInputs } from './sealed-inputs.js';
import { stepContext } from './step-context.js';

/** The turn that a step at work waits for: `until` then by the monotonic clock, in the past when it waits for none. */
export interface Waiting {
  key: string;
  until: number;
}

export interface ExecuteDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  readonly files: FileStore | null;
  /** No file may have more. */
  readonly maxRunBytes: number;
  readonly inputs: SealedInputs;
  readonly owner: Owner;
  readonly hosts: HostWatch;
  readonly memory: Memory;
  readonly watcher: Pick<RunWatcher, 'see'> | null;
  readonly abort: Aborter;
  /** What the attempt counted, filled while it works. */
  readonly stats: Record<string, number>;
  /** Kept up to date while it works. */
  readonly waiting: Waiting;
}

export interface Executed {
  readonly outcome: Outcome;
  readonly items: readonly NewStep[];
  /** Of the files, which are kept by now. */
  readonly fileSizes: readonly number[];
}

/**
 * Executes a step once, aborting it after the job's `stepTimeoutMs`. Rejects with what the step threw, or with the
 * reason it was aborted for; a step that ignores its signal is left behind, and what it still does is thrown away.
 */
export async function execute(job: Job, kept: Input, step: Step, deps: ExecuteDeps): Promise<Executed> {
  const { store, clock, secretBox, memory, abort } = deps;
  if (step.attempts > MAX_ATTEMPTS) {
    const message = `the server died ${MAX_ATTEMPTS} times while this step was at work`;
    throw new StepError('killed', message, { params: { attempts: MAX_ATTEMPTS }, retry: false });
  }
  const input = deps.inputs.open(job, kept);
  let refused: Interruption | null = null;
  const notNow = (waitMs: number) => {
    refused = new Interruption('not-now', waitMs);
    return refused;
  };
  const context = stepContext({
    store,
    secretBox,
    hosts: deps.hosts,
    watcher: deps.watcher,
    logged: step.runId,
    memory,
    input,
    owner: deps.owner,
    abort,
    clock,
    runId: step.runId,
    idempotencyKey: `${step.runId}:${step.position}`,
    attempt: step.attempts,
    count: (name, by = 1) => {
      deps.stats[name] = (deps.stats[name] ?? 0) + by;
    },
    beforeWait: ({ key, waitMs, isFirst }) => {
      // Before the step has done anything the engine waits in its place, where nothing is held and a kill costs nothing.
      if (isFirst) throw notNow(waitMs);
      Object.assign(deps.waiting, { key, until: clock.monotonic() + waitMs });
    },
    notNow,
  });
  const cancel = clock.after(job.stepTimeoutMs, () => {
    const seconds = job.stepTimeoutMs / 1000;
    abort.abort(new StepError('step-timeout', `not finished after ${seconds} s`, { params: { seconds } }));
  });
  try {
    const { files = [], ...outcome } = checkedOutcome(await abort.orAborted(() => job.step(step.item, context)));
    const items = newSteps(job, input, outcome.items ?? []);
    const fileSizes = files.length === 0 ? [] : await abort.orAborted(() => keepFiles(step, files, deps));
    return { outcome, items, fileSizes };
  } catch (error) {
    if (isJobError(error)) throw badOutcome(error.message, error);
    // Whatever the step made of it.
    throw refused ?? hideSecrets(job, input, error);
  } finally {
    cancel();
  }
}
