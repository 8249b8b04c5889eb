import type { Request, Response } from 'express';
import { type Access, mayAccess } from '../../core/access.js';
import { TobiishiError } from '../../core/errors.js';
import type { Run } from '../../core/run.js';
import { visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import type { ResultPaths } from '../paths.js';
import { setRunHeaders } from './headers.js';

type FindDeps = Pick<PageDeps, 'runs' | 'may'>;

/**
 * The run with the address's `:id`, for a visitor who may see it and do what `access` says. Marks the answer as being about it.
 * Throws `run-not-found` or `not-allowed`.
 */
export async function findRun(
  { runs, may }: FindDeps,
  req: Request<{ id: string }>,
  res: Response,
  access: Access = 'see',
): Promise<Run> {
  const visitorId = visitorOf(req);
  const run = await runs.findAny(req.params.id);
  if (!(await mayAccess(may, visitorId, 'see', run))) {
    throw new TobiishiError('run-not-found', `run ${run.id} is not for this visitor`);
  }
  if (access !== 'see' && !(await mayAccess(may, visitorId, access, run))) {
    throw new TobiishiError('not-allowed', `this visitor may not ${access} run ${run.id}`);
  }
  setRunHeaders(res, run);
  return run;
}

/** The run that is shared by the address's `:token`. Marks the answer likewise. Throws `shared-not-found`. */
export async function findSharedRun({ runs }: FindDeps, req: Request<{ token: string }>, res: Response): Promise<Run> {
  const run = await runs.findShared(req.params.token);
  setRunHeaders(res, run);
  return run;
}

/** A run whose results are to be read, and the addresses where the reader finds them. */
export interface FoundResults {
  readonly run: Run;
  readonly results: ResultPaths;
}

export type FindResults<P> = (deps: FindDeps, req: Request<P>, res: Response) => Promise<FoundResults>;

/** For the run's owner. */
export const findResults: FindResults<{ id: string }> = async (deps, req, res) => {
  const run = await findRun(deps, req, res);
  return { run, results: res.locals.tobiishi.paths.runResults(run.id) };
};

/** For whoever has the link. */
export const findSharedResults: FindResults<{ token: string }> = async (deps, req, res) => {
  const run = await findSharedRun(deps, req, res);
  return { run, results: res.locals.tobiishi.paths.sharedResults(req.params.token) };
};
