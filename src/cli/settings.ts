import type { CommandLine } from './arguments.js';

/** The environment's settings, and those that the command line gives instead. */
export function settingsOf({ texts: { database, jobs } }: CommandLine, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    ...(database !== undefined && { DATABASE_URL: database }),
    ...(jobs !== undefined && { JOBS: jobs }),
  };
}
