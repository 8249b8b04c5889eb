import type { Request, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Run } from '../../core/run.js';
import type { Runs } from '../../engine/runs.js';
import { visitorOf } from '../../http/session.js';
import type { ResultPaths } from '../paths.js';
import { setRunHeaders } from './headers.js';

/** The visitor's run with the address's `:id`. Marks the answer as being about it. Throws `run-not-found`. */
export async function findRun(runs: Runs, req: Request<{ id: string }>, res: Response): Promise<Run> {
  const visitorId = visitorOf(req);
  if (visitorId === null) throw new TobiishiError('run-not-found', 'somebody without runs asked for one');
  const run = await runs.find(req.params.id, visitorId);
  setRunHeaders(res, run);
  return run;
}

/** The run that is shared by the address's `:token`. Marks the answer likewise. Throws `shared-not-found`. */
export async function findSharedRun(runs: Runs, req: Request<{ token: string }>, res: Response): Promise<Run> {
  const run = await runs.findShared(req.params.token);
  setRunHeaders(res, run);
  return run;
}

/** A run whose results are to be read, and the addresses where the reader finds them. */
export interface FoundResults {
  readonly run: Run;
  readonly results: ResultPaths;
}

export type FindResults<P> = (runs: Runs, req: Request<P>, res: Response) => Promise<FoundResults>;

/** For the run's owner. */
export const findResults: FindResults<{ id: string }> = async (runs, req, res) => {
  const run = await findRun(runs, req, res);
  return { run, results: res.locals.tobiishi.paths.runResults(run.id) };
};

/** For whoever has the link. */
export const findSharedResults: FindResults<{ token: string }> = async (runs, req, res) => {
  const run = await findSharedRun(runs, req, res);
  return { run, results: res.locals.tobiishi.paths.sharedResults(req.params.token) };
};
