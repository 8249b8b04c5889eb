import type { Request, RequestHandler, Response } from 'express';
import { REPEATS, type Repeat } from '../../core/cron.js';
import type { Run } from '../../core/run.js';
import { csrfToken } from '../../http/csrf.js';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { aboutRun, type RunAbout } from '../run/about.js';
import { findRun } from '../run/find.js';
import { sendPage } from '../send.js';

/** What the form is filled in with. */
export interface TypedTimes {
  readonly repeat: Repeat;
  /** `06:00`. */
  readonly time: string;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly zone: string;
  /** In place of the others; empty for none. */
  readonly cron: string;
}

/** Why it is not kept as it was typed. */
export interface ScheduleProblem {
  /** Where; null when no field is to blame. */
  readonly field: 'time' | 'zone' | 'cron' | null;
  readonly text: string;
}

interface ScheduleView {
  readonly run: Run;
  readonly about: RunAbout;
  readonly token: string;
  readonly typed: TypedTimes;
  readonly repeats: readonly Repeat[];
  readonly weekdays: readonly string[];
  readonly problem: ScheduleProblem | null;
  /** The zone is only a guess, until a script knows that of the visitor. */
  readonly isZoneGuessed: boolean;
}

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Asks when the run is to be started again. */
export function scheduleShow(deps: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res);
    const typed: TypedTimes = { repeat: 'daily', time: '06:00', weekday: 1, zone: ownZone(), cron: '' };
    await sendSchedule(deps, req as Request, res, run, { typed, isZoneGuessed: true, problem: null, status: 200 });
  };
}

export async function sendSchedule(
  deps: PageDeps,
  req: Request,
  res: Response,
  run: Run,
  { status, ...form }: Pick<ScheduleView, 'typed' | 'problem' | 'isZoneGuessed'> & { readonly status: number },
): Promise<void> {
  const { words, paths } = res.locals.tobiishi;
  const token = csrfToken(req);
  await saveSession(req);
  await sendPage<ScheduleView>(res, 'schedule', {
    status,
    title: form.problem ? words.t('form.errorTitle', { title: words.t('schedule.title') }) : words.t('schedule.title'),
    here: paths.runAction(run.id, 'schedule'),
    data: {
      run,
      token,
      about: aboutRun(words, deps.jobs.get(run.job), run),
      repeats: REPEATS,
      weekdays: Array.from({ length: 7 }, (_, day) => words.weekday(day)),
      ...form,
    },
  });
}
