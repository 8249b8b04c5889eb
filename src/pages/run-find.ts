import type { Request, Response } from 'express';
import { TobiishiError } from '../core/errors.js';
import type { Run } from '../core/run.js';
import type { Engine } from '../engine/engine.js';
import { setRunHeaders } from '../web/render.js';
import { visitorOf } from '../web/session.js';

/** The visitor's run of the address, the answer marked as being about it. Throws `run-not-found`. */
export async function findRun(engine: Engine, req: Request<{ id: string }>, res: Response): Promise<Run> {
  const visitorId = visitorOf(req);
  if (visitorId === null) throw new TobiishiError('run-not-found', 'somebody without runs asked for one');
  const run = await engine.find(req.params.id, visitorId);
  setRunHeaders(res, run);
  return run;
}
