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

/** The command line asks for something that is not there. The terminal shows its text, `cli.errors.CODE`, and no more. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(
    readonly code: string,
    readonly params: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super([code, ...Object.values(params)].join(' '), options);
  }
}

/** With what somebody else said: a server, a file system. */
export function said(text: string, options?: ErrorOptions): UsageError {
  return new UsageError('said', { text }, options);
}
