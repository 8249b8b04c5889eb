import type { Response } from 'express';
import type { Run } from '../../core/run.js';

/** Marks an answer as being about the run, so that a driver can tell it from a host's error page. */
export function setRunHeaders(res: Response, run: Run): void {
  res.setHeader('Tobiishi-Run', `status=${run.status}; seq=${run.seq}; total=${run.total}`);
  res.setHeader('Cache-Control', 'no-store');
}
