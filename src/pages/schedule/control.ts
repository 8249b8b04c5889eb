import type { RequestHandler } from 'express';
import { nextTime } from '../../core/cron.js';
import { TobiishiError } from '../../core/errors.js';
import type { ScheduleStore } from '../../core/schedules.js';
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
    const { id, cron, timeZone } = schedule;
    if (action === 'delete') await schedules.remove(schedule.visitorId, id);
    else {
      const nextAt = action === 'pause' ? null : await nextTime(cron, timeZone, clock.now());
      await schedules.reschedule(schedule.visitorId, id, nextAt);
    }
    res.redirect(303, res.locals.tobiishi.paths.schedules);
  };
}
