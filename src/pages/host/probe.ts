import type { Request, RequestHandler } from 'express';
import { TobiishiError } from '../../core/errors.js';
import { networkOf } from '../../http/network.js';
import { untilClosed } from '../../http/once-closed.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';
import { PROBE_SECONDS } from './show.js';

/** Probes at a time for one network; a measurement makes five. */
const MOST_FOR_ONE = 10;
const MOST = 50;

interface ProbeView {
  readonly seconds: number;
}

/** Says nothing for `?seconds=N`, then answers. Holds no more than a timer and the connection. */
export function hostProbe({ clock, limits }: PageDeps): RequestHandler {
  const underWay = new Map<string, number>();
  let all = 0;

  const count = (who: string, change: 1 | -1) => {
    all += change;
    const now = (underWay.get(who) ?? 0) + change;
    if (now > 0) underWay.set(who, now);
    else underWay.delete(who);
  };

  return async (req, res) => {
    const seconds = askedSeconds(req);
    await limits.take(req, 'probes');
    const who = networkOf(req.ip) ?? '';
    if (all >= MOST || (underWay.get(who) ?? 0) >= MOST_FOR_ONE) {
      throw new TobiishiError('too-busy', `${all} probes are under way`);
    }
    count(who, 1);
    try {
      // Nothing is held for a client that left.
      await clock.sleep(seconds * 1000, untilClosed(res));
    } catch {
      return;
    } finally {
      count(who, -1);
    }
    const { paths, words } = res.locals.tobiishi;
    res.setHeader('Cache-Control', 'no-store');
    await sendPage<ProbeView>(res, 'probe', {
      title: words.t('host.probeTitle'),
      here: paths.hostProbeFor(seconds),
      data: { seconds },
    });
  };
}

function askedSeconds({ query }: Request): number {
  const given = query['seconds'];
  const seconds = PROBE_SECONDS.find((each) => String(each) === given);
  if (seconds === undefined)
    throw new TobiishiError('bad-request', `seconds must be one of ${PROBE_SECONDS.join(', ')}`);
  return seconds;
}
