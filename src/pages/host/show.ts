import type { RequestHandler } from 'express';
import { answerWithin, stillSeen } from '../../core/host-limit.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';
import { hostSeenBy } from '../session.js';

/** Around the limits that hosts are known for: 10, 29, 30, 55, 60, 100 and 120 s. */
export const PROBE_SECONDS: readonly number[] = [5, 10, 20, 25, 29, 35, 55, 65, 95, 125];

interface HostView {
  /** In seconds: how long each answer is held. */
  readonly probes: readonly number[];
  readonly withinSeconds: number;
  /** After how long the host cut this visitor's requests; null while it cut none. */
  readonly seenSeconds: number | null;
  /** Filled in by `public/host.js` as it goes. */
  readonly texts: Readonly<Record<string, string>>;
}

/** A page that measures how long the host lets a request take. */
export function hostShow({ driver, clock }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { words } = res.locals.tobiishi;
    const { t } = words;
    const seen = stillSeen(hostSeenBy(req), clock.now());
    const limitMs = seen?.limitMs ?? null;
    const later = {
      duration: '{{duration}}',
      seconds: '{{seconds}}',
      status: '{{status}}',
      most: '{{most}}',
      least: '{{least}}',
    };
    await sendPage<HostView>(res, 'host', {
      title: t('host.title'),
      here: res.locals.tobiishi.paths.host,
      data: {
        probes: PROBE_SECONDS,
        withinSeconds: answerWithin(driver.answerWithinMs, seen, null) / 1000,
        seenSeconds: limitMs === null ? null : Math.round(limitMs / 100) / 10,
        texts: {
          waiting: t('host.waiting'),
          holding: t('host.holding'),
          skipped: t('host.skipped'),
          came: t('host.came'),
          cutStatus: t('host.cutStatus', later),
          cutBreak: t('host.cutBreak', later),
          limitBetween: t('host.limitBetween', later),
          limitBelow: t('host.limitBelow', later),
          noLimit: t('host.noLimit', later),
          set: t('host.set', later),
        },
      },
    });
  };
}
