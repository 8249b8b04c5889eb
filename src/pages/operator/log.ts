import type { RequestHandler } from 'express';
import type { LogEntry } from '../../core/abuse-log.js';
import type { PageDeps } from '../deps.js';
import { sendOperatorPage, typedIn } from './page.js';

const SHOWN = 100;

const FILTERS = ['host', 'address', 'visitor'] as const;

interface LogView {
  readonly entries: readonly LogEntry[];
  readonly typed: Readonly<Record<(typeof FILTERS)[number], string>>;
  readonly keptForMs: number;
  readonly isCut: boolean;
  readonly shown: number;
}

/** Who had which hosts asked, and when: for answering a complaint. */
export function operatorLog({ abuseLog, logKeptForMs }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const typed = typedIn(req.query, ...FILTERS);
    const { host, address, visitor } = typed;
    const filter = { id: null, host: host.toLowerCase() || null, address: address || null, visitorId: visitor || null };
    const found = await abuseLog.search(filter, SHOWN + 1);
    await sendOperatorPage<LogView>(req, res, 'operator-log', {
      title: words.t('operator.log'),
      here: paths.operatorLogSearch(new URLSearchParams(typed).toString()),
      data: {
        entries: found.slice(0, SHOWN),
        typed,
        keptForMs: logKeptForMs,
        isCut: found.length > SHOWN,
        shown: SHOWN,
      },
    });
  };
}
