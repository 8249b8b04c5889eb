import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { isTimeZone, nextTime } from '../core/cron.js';
import { TobiishiError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Run } from '../core/run.js';
import type { Schedule, ScheduleStore } from '../core/schedules.js';

interface Deps {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Why a run is not repeated. */
export type NotRepeated = 'no-zone' | 'no-time' | 'most';

/**
 * Has a run started again, with what it was given, at the times that cron tells. `admit` is asked once the times are known to be
 * right, and may throw. Throws `job-not-found`.
 */
export async function repeatRun(
  run: Run,
  { cron, timeZone }: Pick<Schedule, 'cron' | 'timeZone'>,
  schedules: ScheduleStore,
  { jobs, clock }: Deps,
  admit: () => Promise<void> = async () => {},
): Promise<{ readonly id: string } | NotRepeated> {
  const { visitorId, network, job, version, input, name } = run;
  if (jobs.get(job)?.version !== version) {
    throw new TobiishiError('job-not-found', `the job ${job} of run ${run.id} has changed or is gone`);
  }
  if (!isTimeZone(timeZone)) return 'no-zone';
  const nextAt = await nextTime(cron, timeZone, clock.now()).catch(() => null);
  if (nextAt === null) return 'no-time';
  await admit();
  const id = randomBytes(16).toString('base64url');
  const isKept = await schedules.add({ id, visitorId, network, job, version, input, name, cron, timeZone, nextAt });
  return isKept ? { id } : 'most';
}

/** Lets a schedule rest, go on, or go. */
export async function changeSchedule(
  { id, visitorId, cron, timeZone }: Schedule,
  action: 'pause' | 'resume' | 'delete',
  schedules: ScheduleStore,
  { clock }: Pick<Deps, 'clock'>,
): Promise<void> {
  if (action === 'delete') return schedules.remove(visitorId, id);
  await schedules.reschedule(visitorId, id, action === 'pause' ? null : await nextTime(cron, timeZone, clock.now()));
}
