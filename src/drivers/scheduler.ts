import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { nextTime } from '../core/cron.js';
import { isStepError, isTobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Notify } from '../core/observer.js';
import type { Schedule, ScheduleStore } from '../core/schedules.js';
import type { Store } from '../core/store.js';
import type { Blocks } from '../engine/blocks.js';
import type { Runs } from '../engine/runs.js';

export interface SchedulerDeps {
  readonly schedules: ScheduleStore;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly runs: Pick<Runs, 'startAgain'>;
  readonly store: Pick<Store, 'findRun'>;
  readonly blocks: Pick<Blocks, 'current'>;
  readonly clock: Clock;
  readonly notify: Notify;
}

const LOOK_EVERY_MS = 15_000;
const AT_ONCE = 50;
/** Until a time is tried again that had come while the run before was not over, or while there was no room. */
const AGAIN_MS = 60_000;

/**
 * Starts runs whose time has come; whoever goes on with runs that have no page executes them. Times that were missed are made up
 * for once, and two runs of one schedule never overlap. Several processes may do this for one store.
 */
export class Scheduler {
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(private readonly deps: SchedulerDeps) {
    this.#ended = this.#look();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #look(): Promise<void> {
    const { clock, schedules, blocks, notify } = this.deps;
    while (!this.#stop.signal.aborted) {
      try {
        // What the operator holds up stays due.
        const { starts } = await blocks.current();
        for (const due of starts === null ? await schedules.listDue(AT_ONCE) : []) {
          if (this.#stop.signal.aborted) return;
          await this.#start(due, due.nextAt ?? 0);
        }
      } catch (error) {
        notify('fault', { runId: null, during: 'schedules', error });
      }
      await clock.sleep(LOOK_EVERY_MS, this.#stop.signal).catch(() => {});
    }
  }

  async #start(schedule: Schedule, dueAt: number): Promise<void> {
    const { schedules, clock, jobs, runs, store } = this.deps;
    const { id, lastRunId, cron, timeZone } = schedule;
    const now = clock.now();
    const last = lastRunId === null ? null : await store.findRun(lastRunId);
    const isAtWork = last !== null && (last.status === 'running' || last.status === 'paused');
    if (isAtWork) return void (await schedules.settle(id, dueAt, { ...schedule, nextAt: now + AGAIN_MS }));
    const nextAt = await nextTime(cron, timeZone, now).catch(() => null);
    const settle = (settled: Partial<Schedule>) =>
      schedules.settle(id, dueAt, { nextAt, lastRunId, problem: null, ...settled });
    const job = jobs.get(schedule.job);
    if (job?.version !== schedule.version) {
      return void (await settle({ problem: job === undefined ? 'job-missing' : 'version-changed' }));
    }
    try {
      const run = await runs.startAgain(job, schedule, idAt(id, dueAt));
      await settle({ lastRunId: run.id });
    } catch (error) {
      if (isTobiishiError(error, 'store-unavailable')) throw error;
      if (isTobiishiError(error, 'too-busy')) return void (await settle({ nextAt: now + AGAIN_MS }));
      const code = isTobiishiError(error) ? error.code : isStepError(error) ? error.failure.code : 'unknown';
      if (code === 'unknown') this.deps.notify('fault', { runId: null, during: 'schedules', error });
      await settle({ problem: code });
    }
  }
}

/** The same for every process that finds this time due, and a secret as the schedule's id is one. */
function idAt(scheduleId: string, dueAt: number): string {
  return createHash('sha256').update(`${scheduleId} ${dueAt}`).digest().subarray(0, 16).toString('base64url');
}
