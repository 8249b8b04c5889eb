import type { RunStatusJson } from '../pages/run/status.js';

/** What a command ends with. `--help` and docs/cli.md say the same. */
export const EXIT = {
  done: 0,
  failedSteps: 1,
  askedWrongly: 2,
  stopped: 3,
  doneWithWarnings: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Null for a run that was deleted meanwhile. */
export function exitCodeOf(run: Pick<RunStatusJson, 'status' | 'failedCount' | 'warnings'> | null): ExitCode {
  if (run === null || (run.status !== 'done' && run.status !== 'failed')) return EXIT.stopped;
  if (run.status === 'failed' || run.failedCount > 0) return EXIT.failedSteps;
  return run.warnings.length > 0 ? EXIT.doneWithWarnings : EXIT.done;
}

/** The command line asks for something that is not there. Its message is all that the terminal shows. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
