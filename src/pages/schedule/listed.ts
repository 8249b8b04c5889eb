import { simpleTimes } from '../../core/cron.js';
import type { Schedule, ScheduleStore } from '../../core/schedules.js';
import type { Words } from '../../http/words.js';
import type { PageDeps } from '../deps.js';
import { aboutRun, type RunAbout } from '../run/about.js';

/** A schedule as the visitor's pages list it. */
export interface ListedSchedule extends RunAbout, Pick<Schedule, 'id' | 'isPaused' | 'lastRunId'> {
  /** "Every day at 6:00 (Asia/Tokyo)". */
  readonly times: string;
  /** Null when none comes. */
  readonly next: { readonly iso: string; readonly date: string } | null;
  /** Why nothing was started the last time; null when it was. */
  readonly problem: string | null;
}

/** For machines: times are in ms since 1970. */
export interface ScheduleJson
  extends Pick<
    Schedule,
    'id' | 'job' | 'name' | 'cron' | 'timeZone' | 'isPaused' | 'nextAt' | 'lastRunId' | 'problem' | 'createdAt'
  > {}

/** Without what it was given. */
export function scheduleJson(schedule: Schedule): ScheduleJson {
  const { id, job, name, cron, timeZone, isPaused, nextAt, lastRunId, problem, createdAt } = schedule;
  return { id, job, name, cron, timeZone, isPaused, nextAt, lastRunId, problem, createdAt };
}

export async function listedSchedules(
  { jobs }: PageDeps,
  schedules: ScheduleStore | null,
  words: Words,
  visitorId: string | null,
): Promise<readonly ListedSchedule[]> {
  if (schedules === null || visitorId === null) return [];
  return (await schedules.list(visitorId)).map((schedule) => {
    const { id, isPaused, lastRunId, nextAt, problem } = schedule;
    return {
      ...aboutRun(words, jobs.get(schedule.job), schedule),
      id,
      isPaused,
      lastRunId,
      times: timesText(words, schedule),
      next: nextAt === null ? null : { iso: new Date(nextAt).toISOString(), date: words.date(nextAt) },
      problem: problem && words.or(`schedule.problems.${problem}`, words.or(`errors.${problem}.title`, problem)),
    };
  });
}

function timesText(words: Words, { cron, timeZone }: Schedule): string {
  const simple = simpleTimes(cron);
  const zone = timeZone;
  if (simple === null) return words.t('schedule.times.cron', { cron, zone });
  const { repeat, hour, minute, weekday } = simple;
  const time = `${hour}:${String(minute).padStart(2, '0')}`;
  return words.t(`schedule.times.${repeat}`, { time, minute: String(minute), weekday: words.weekday(weekday), zone });
}
