import type { RequestHandler } from 'express';
import { isUnfinished } from '../../core/run.js';
import { jobDescription, jobTitle } from '../../http/language.js';
import { visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { aboutRun } from '../run/about.js';
import { sendPage } from '../send.js';

const SHOWN_RUNS = 20;

export function homeShow({ jobs, store, clock }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const visitorId = visitorOf(req);
    const runs = visitorId === null ? [] : await store.listRuns(visitorId, SHOWN_RUNS);
    const now = clock.now();
    await sendPage(res, {
      view: 'home',
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
