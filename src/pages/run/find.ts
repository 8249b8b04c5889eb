import type { Request, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Run } from '../../core/run.js';
import type { Engine } from '../../engine/engine.js';
import { setRunHeaders } from '../../http/render.js';
import { visitorOf } from '../../http/session.js';

/** The run of the address's `:id`, the answer marked as being about it. */
export type FindRun = (engine: Engine, req: Request<{ id: string }>, res: Response) => Promise<Run>;

/** The visitor's own. Throws `run-not-found`. */
export const findRun: FindRun = async (engine, req, res) => {
  const visitorId = visitorOf(req);
  if (visitorId === null) throw new TobiishiError('run-not-found', 'somebody without runs asked for one');
  const run = await engine.find(req.params.id, visitorId);
  setRunHeaders(res, run);
  return run;
};

/** The one that is shared under the token that stands in place of an id. Throws `shared-not-found`. */
export const findSharedRun: FindRun = async (engine, req, res) => {
  const run = await engine.findShared(req.params.id);
  setRunHeaders(res, run);
  return run;
};
