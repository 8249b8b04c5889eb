import type { RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { ScheduleStore } from '../../core/schedules.js';
import { changeSchedule } from '../../engine/repeat.js';
import { visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import type { ScheduleAction } from '../paths.js';

/** Lets a schedule of the visitor rest, go on, or go. */
export function scheduleControl(
  { clock }: PageDeps,
  schedules: ScheduleStore,
  action: ScheduleAction,
): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const visitorId = visitorOf(req);
    const all = visitorId === null ? [] : await schedules.list(visitorId);
    const schedule = all.find(({ id }) => id === req.params.id);
    if (schedule === undefined) throw new TobiishiError('not-found', `no schedule ${req.params.id}`);
    await changeSchedule(schedule, action, schedules, { clock });
    res.redirect(303, res.locals.tobiishi.paths.schedules);
  };
}
