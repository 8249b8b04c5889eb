import type { Request, RequestHandler } from 'express';
import type { LogEntry } from '../../core/abuse-log.js';
import { allows, type Run } from '../../core/run.js';
import type { AttemptError } from '../../core/step.js';
import type { PageDeps } from '../deps.js';
import { sendOperatorPage } from './page.js';

interface RunView {
  readonly run: Run;
  readonly title: string;
  readonly input: string;
  readonly errors: readonly AttemptError[];
  readonly mayCancel: boolean;
  /** Who started it and which hosts it asked; null where that is not kept. */
  readonly logged: LogEntry | null;
}

/** One run as the operator sees it: who, what, whom it asked, and what its attempts threw. */
export function operatorRunShow({ runs, store, jobs, abuseLog }: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const run = await runs.findAny(req.params.id);
    const errors = await store.listErrors(run.id);
    const [logged = null] = await abuseLog.search({ id: run.id, visitorId: null, address: null, host: null }, 1);
    const title = jobs.get(run.job)?.title ?? run.job;
    const input = JSON.stringify(run.input, null, 2);
    await sendOperatorPage<RunView>(req as Request, res, 'operator-run', {
      title: words.t('operator.run'),
      here: paths.operatorRun(run.id),
      data: { run, title, input, errors, logged, mayCancel: allows(run, 'cancel') },
    });
  };
}

export function operatorCancel({ runs }: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await runs.findAny(req.params.id);
    await runs.control(run, 'cancel');
    req.log.warn({ run: run.id, address: req.ip }, 'cancelled by the operator');
    res.redirect(303, res.locals.tobiishi.paths.operatorRun(run.id));
  };
}

export function operatorDelete({ runs }: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await runs.findAny(req.params.id);
    await runs.delete(run);
    req.log.warn({ run: run.id, address: req.ip }, 'deleted by the operator');
    res.redirect(303, res.locals.tobiishi.paths.operator);
  };
}
