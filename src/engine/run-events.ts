import type { EndedRun, Job } from '../core/job.js';
import { type Notify, notifier } from '../core/observer.js';
import type { Run } from '../core/run.js';
import type { Row } from '../core/step.js';
import type { Store } from '../core/store.js';
import type { EngineParts } from './deps.js';
import { hideSecrets } from './hide-secrets.js';
import type { SealedInputs } from './sealed-inputs.js';

const PAGE_ROWS = 1000;
const PAGE_BYTES = 1_000_000;

/** Tells of what happens to runs: to the observers, and to their jobs' hooks. */
export class RunEvents {
  readonly notify: Notify;
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #store: Store;
  readonly #inputs: SealedInputs;
  /** The hooks at work. */
  readonly #hooks = new Set<Promise<void>>();

  constructor({ jobs, store, inputs, observers = [] }: Pick<EngineParts, 'jobs' | 'store' | 'inputs' | 'observers'>) {
    this.notify = notifier(observers);
    this.#jobs = jobs;
    this.#store = store;
    this.#inputs = inputs;
  }

  /** To be called once for each run that came to an end or was stopped by a failure, after it is in the store. */
  ended(run: Run): void {
    this.notify('runEnded', { run });
    const job = this.#jobs.get(run.job);
    const hasHook = run.status === 'done' || (run.status === 'failed' && run.reason === 'step-failed');
    if (job === undefined || !hasHook) return;
    const hook = this.#callHook(job, run).finally(() => this.#hooks.delete(hook));
    this.#hooks.add(hook);
  }

  /** Resolves when no hook is at work. */
  async settled(): Promise<void> {
    await Promise.all(this.#hooks);
  }

  async #callHook(job: Job, run: Run): Promise<void> {
    try {
      const told = await this.#endedRun(job, run);
      await (run.status === 'done' ? job.onDone(told) : job.onFailed(told));
    } catch (error) {
      this.notify('fault', { runId: run.id, during: 'hook', error: this.#hidden(job, run, error) });
    }
  }

  /** Where its secrets cannot be opened, a hook was not given them either. */
  #hidden(job: Job, run: Run, error: unknown): unknown {
    try {
      return hideSecrets(job, this.#inputs.open(job, run.input), error);
    } catch {
      return error;
    }
  }

  async #endedRun(job: Job, run: Run): Promise<EndedRun> {
    const { id, status, seq, rowCount, failedCount, droppedCount, stats, createdAt } = run;
    const [gaveUp] = run.gaveUpPosition === null ? [] : await this.#store.listUpcoming(run);
    const failure = gaveUp?.step.failure ?? null;
    const rows = () => this.#rows(id);
    const input = this.#inputs.open(job, run.input);
    return { id, status, input, seq, rowCount, failedCount, droppedCount, stats, createdAt, failure, rows };
  }

  async *#rows(runId: string): AsyncGenerator<Row, void> {
    let after = 0;
    for (;;) {
      const page = await this.#store.listRows(runId, after, PAGE_ROWS, PAGE_BYTES);
      for (const { row } of page) yield row;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.number;
    }
  }
}
