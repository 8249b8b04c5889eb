import type { Request, RequestHandler } from 'express';
import { isUnfinished, RUN_STATUSES, type Run, UNFINISHED } from '../../core/run.js';
import type { RunFilter } from '../../core/store.js';
import type { PageDeps } from '../deps.js';
import { sendOperatorPage, typedIn } from './page.js';

const SHOWN = 100;
const CANCELLED_AT_ONCE = 100;

const FILTERS = ['status', 'job', 'visitor', 'address', 'host'] as const;
type Typed = Readonly<Record<(typeof FILTERS)[number], string>>;

interface RunsView {
  readonly runs: readonly { readonly run: Run; readonly about: string }[];
  readonly typed: Typed;
  readonly jobs: readonly string[];
  readonly statuses: readonly string[];
  readonly isCut: boolean;
  readonly shown: number;
  /** Of those shown. */
  readonly unfinished: number;
}

/** Everybody's runs, the newest first, by what is looked for. */
export function operatorShow({ store, jobs }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { words, paths, instance } = res.locals.tobiishi;
    const typed = typedIn(req.query, ...FILTERS);
    const found = await store.searchRuns(filterOf(typed, instance.networkId), SHOWN + 1);
    const runs = found.slice(0, SHOWN);
    await sendOperatorPage<RunsView>(req, res, 'operator', {
      title: words.t('operator.title'),
      here: paths.operatorSearch(new URLSearchParams(typed).toString()),
      data: {
        runs: runs.map((run) => ({ run, about: run.name ?? jobs.get(run.job)?.summary(run.input) ?? '' })),
        isCut: found.length > SHOWN,
        shown: SHOWN,
        unfinished: runs.filter(isUnfinished).length,
        typed,
        jobs: [...jobs.keys()],
        statuses: RUN_STATUSES,
      },
    });
  };
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

/** Cancels every unfinished run that is found, shown or not. */
export function operatorCancelFound({ runs, store }: PageDeps): RequestHandler {
  return async (req: Request, res) => {
    const { paths, instance } = res.locals.tobiishi;
    const typed = typedIn(req.body, ...FILTERS);
    const back = paths.operatorSearch(new URLSearchParams(typed).toString());
    if (req.body.sure !== 'on') return res.redirect(303, back);
    const filter = filterOf(typed, instance.networkId);
    const wanted = UNFINISHED.filter((status) => filter.status === null || filter.status === status);
    let cancelled = 0;
    for (const status of wanted) {
      for (let found = 1; found > 0; ) {
        const all = await store.searchRuns({ ...filter, status }, CANCELLED_AT_ONCE);
        // One that has ended meanwhile needs no more.
        const done = await Promise.allSettled(all.map((run) => runs.control(run, 'cancel')));
        found = done.filter((each) => each.status === 'fulfilled').length;
        cancelled += found;
      }
    }
    req.log.warn({ filter, cancelled, address: req.ip }, 'runs cancelled by the operator');
    res.redirect(303, back);
  };
}
