import type { Request, RequestHandler } from 'express';
import { allows, RUN_STATUSES, type Run } from '../../core/run.js';
import type { AttemptError } from '../../core/step.js';
import type { RunFilter } from '../../core/store.js';
import { csrfToken } from '../../http/csrf.js';
import { version } from '../../http/root.js';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';

const SHOWN = 100;

type Typed = Readonly<Record<'status' | 'job' | 'visitor' | 'address' | 'host', string>>;

interface OperatorView {
  readonly runs: readonly Run[];
  readonly typed: Typed;
  readonly jobs: readonly string[];
  readonly statuses: readonly string[];
  readonly isCut: boolean;
  readonly shown: number;
  readonly memoryMiB: number;
  readonly upMs: number;
  readonly nodeVersion: string;
  readonly version: string;
}

/** Everybody's runs, the newest first, by what is looked for; and how the process is. */
export function operatorShow({ store, jobs }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { words, paths, instance } = res.locals.tobiishi;
    const typed = typedIn(req);
    const found = await store.searchRuns(filterOf(typed, instance.networkId), SHOWN + 1);
    res.setHeader('Cache-Control', 'no-store');
    await sendPage<OperatorView>(res, 'operator', {
      title: words.t('operator.title'),
      here: paths.operatorSearch(new URLSearchParams(typed).toString()),
      data: {
        runs: found.slice(0, SHOWN),
        isCut: found.length > SHOWN,
        shown: SHOWN,
        typed,
        jobs: [...jobs.keys()],
        statuses: RUN_STATUSES,
        memoryMiB: Math.round(process.memoryUsage.rss() / 1024 / 1024),
        upMs: process.uptime() * 1000,
        nodeVersion: process.version,
        version,
      },
    });
  };
}

function typedIn({ query }: Request): Typed {
  const text = (name: string) => (typeof query[name] === 'string' ? query[name].trim() : '');
  const [status, job, visitor, address, host] = ['status', 'job', 'visitor', 'address', 'host'].map(text);
  return { status, job, visitor, address, host } as Typed;
}

/** An address is looked for as the network that is kept with a run. One that is none matches nothing. */
function filterOf(typed: Typed, networkId: (address: string) => string | null): RunFilter {
  return {
    status: RUN_STATUSES.find((status) => status === typed.status) ?? null,
    job: typed.job || null,
    visitorId: typed.visitor || null,
    network: typed.address === '' ? null : (networkId(typed.address) ?? typed.address),
    host: typed.host || null,
  };
}

interface OperatorRunView {
  readonly run: Run;
  readonly title: string;
  readonly input: string;
  readonly errors: readonly AttemptError[];
  readonly token: string;
  readonly mayCancel: boolean;
}

/** One run as the operator sees it: who, what, and what its attempts threw. */
export function operatorRunShow({ runs, store, jobs }: PageDeps): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const run = await runs.findAny(req.params.id);
    const errors = await store.listErrors(run.id);
    const token = csrfToken(req as Request);
    await saveSession(req as Request);
    const title = jobs.get(run.job)?.title ?? run.job;
    res.setHeader('Cache-Control', 'no-store');
    await sendPage<OperatorRunView>(res, 'operator-run', {
      title: words.t('operator.run'),
      here: paths.operatorRun(run.id),
      data: { run, title, input: JSON.stringify(run.input, null, 2), errors, token, mayCancel: allows(run, 'cancel') },
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
