import { isStepError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Observer } from '../core/observer.js';
import type { RunState } from '../core/run.js';

/** Writes into the log what happens to runs. Steps that went well are many, and are left out. */
export function runLog(logger: Logger): Observer {
  return {
    runStarted: ({ run }) => logger.info(about(run), 'run started'),
    runEnded: ({ run }) => logger.info(about(run), `run ${run.status}`),
    claimLost: ({ run }) => logger.info(about(run), 'claim lost'),
    stepFailed({ run, step: { position, attempts }, next, thrown }) {
      // What a job says of a step is no fault of the job.
      const level = isStepError(thrown) ? 'info' : 'warn';
      logger[level]({ ...about(run), position, attempt: attempts, next, err: thrown }, 'step failed');
    },
    fault: ({ runId, during, error }) => logger.error({ run: runId, during, err: error }, `fault during ${during}`),
  };
}

function about({ id, job, seq, total }: RunState) {
  return { run: id, job, seq, total };
}
