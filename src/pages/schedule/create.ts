import type { Request, RequestHandler } from 'express';
import { cronOf, REPEATS } from '../../core/cron.js';
import type { ScheduleStore } from '../../core/schedules.js';
import { repeatRun } from '../../engine/repeat.js';
import { sendJson, wantsJson } from '../../http/json.js';
import type { PageDeps } from '../deps.js';
import { findRun } from '../run/find.js';
import { countKept } from '../starts.js';
import { type ScheduleProblem, sendSchedule, type TypedTimes } from './show.js';

/** Has the run started again at the times that were typed. */
export function scheduleCreate(deps: PageDeps, schedules: ScheduleStore): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(deps, req, res);
    const { words, paths } = res.locals.tobiishi;
    const typed = typedTimes(req.body);
    const refuse = (text: string, field: ScheduleProblem['field']) => {
      if (wantsJson(req as Request)) return sendJson(res, { error: 'bad-request', message: text }, 422);
      return sendSchedule(deps, req as Request, res, run, {
        typed,
        isZoneGuessed: false,
        problem: { field, text },
        status: 422,
      });
    };
    // What is no time is no cron, either.
    const cron = typed.cron || (simpleCron(typed) ?? '');
    const admit = () => countKept(deps, req as Request);
    const repeated = await repeatRun(run, { cron, timeZone: typed.zone }, schedules, deps, admit);
    if (repeated === 'no-zone') return refuse(words.t('schedule.noZone'), 'zone');
    if (repeated === 'no-time') {
      return typed.cron ? refuse(words.t('schedule.noCron'), 'cron') : refuse(words.t('schedule.noTime'), 'time');
    }
    if (repeated === 'most') return refuse(words.t('schedule.most'), null);
    res.redirect(303, paths.schedules);
  };
}

function typedTimes(body: Readonly<Record<string, unknown>>): TypedTimes {
  const text = (field: string) => (typeof body[field] === 'string' ? body[field].trim().slice(0, 100) : '');
  return {
    repeat: REPEATS.find((repeat) => repeat === body['repeat']) ?? 'daily',
    time: text('time'),
    weekday: Number(text('weekday')) || 0,
    zone: text('zone'),
    cron: text('cron').replace(/\s+/g, ' '),
  };
}

/** Null for a time that is none. */
function simpleCron({ repeat, time, weekday }: TypedTimes): string | null {
  const [, hour, minute] = /^(\d\d?):(\d\d)(?::\d\d)?$/.exec(time) ?? [];
  if (hour === undefined || minute === undefined) return null;
  return cronOf({ repeat, hour: Number(hour), minute: Number(minute), weekday: weekday % 7 });
}
