import type { RequestHandler } from 'express';
import { isUnfinished, type Run } from '../../core/run.js';
import { visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { jobDescription, jobTitle } from '../job/texts.js';
import { aboutRun, type RunAbout } from '../run/about.js';
import { sendPage } from '../send.js';

const SHOWN_RUNS = 20;

interface HomeView {
  readonly jobs: readonly { readonly name: string; readonly title: string; readonly description: string }[];
  /** Newest first. */
  readonly runs: readonly ListedRun[];
}

interface ListedRun extends RunAbout, Pick<Run, 'id' | 'status' | 'seq' | 'total'> {
  readonly ago: string;
  readonly unfinished: boolean;
  readonly hasRows: boolean;
}

export function homeShow({ jobs, store, clock }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const visitorId = visitorOf(req);
    const runs = visitorId === null ? [] : await store.listRuns(visitorId, SHOWN_RUNS);
    const now = clock.now();
    await sendPage<HomeView>(res, 'home', {
      title: words.t('site.name'),
      here: paths.home,
      data: {
        jobs: [...jobs.values()].map((job) => ({
          name: job.name,
          title: jobTitle(words, job.name, job),
          description: jobDescription(words, job),
        })),
        runs: runs.map((run) => ({
          id: run.id,
          ...aboutRun(words, jobs.get(run.job), run),
          status: run.status,
          seq: run.seq,
          total: run.total,
          ago: words.ago(now - run.createdAt),
          unfinished: isUnfinished(run),
          hasRows: run.rowCount > 0,
        })),
      },
    });
  };
}
