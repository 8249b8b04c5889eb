import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { TobiishiOptions } from './options.js';

export type { Access, AccessedRun, May } from './core/access.js';
export { type Abortable, type Clock, systemClock } from './core/clock.js';
export { type Failure, isStepError, type MessageParams, StepError } from './core/errors.js';
export type { OutcomeFile } from './core/files.js';
export { HostList } from './core/host-list.js';
export {
  defineJob,
  type EndedRun,
  type FormContext,
  type Job,
  type JobDefinition,
  type Pointing,
  type RunFigures,
  type StepContext,
  type StepMemory,
  type WatchedRow,
} from './core/job.js';
export { JobError } from './core/job-error.js';
export type { FieldTexts, JobTexts, JobTextsByLanguage } from './core/job-texts.js';
export { linesOf, type RowsOptions, rowsOf } from './core/lines.js';
export type { Logger } from './core/logger.js';
export type { ClaimLost, Fault, Observer, StepFailed, StepRecorded } from './core/observer.js';
export type { Finding, Mend, Preview, TriedLine, Verdict } from './core/preview.js';
export type {
  FieldProblem,
  OpenedPage,
  Opening,
  OtherLook,
  PickedElement,
  Proposal,
  ProposalRequest,
  Proposals,
  ProposedLine,
  ProposedOption,
} from './core/proposal.js';
export type { Item, Json, Outcome, Row } from './core/step.js';
export { isUpload, type Upload } from './core/upload.js';
export type { Seen } from './core/watches.js';
export type { HostRequest, TobiishiOptions, VisitorId } from './options.js';
export type { PgPool } from './store/postgres/pool.js';

/**
 * Answers requests: a middleware for Express, or a listener for Node's own server. It answers whatever comes, so that
 * `next` is never called.
 */
export interface Tobiishi {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /** For `http.createServer(jobs.serverOptions, jobs)`, where no other app is around: each request then takes less time. */
  readonly serverOptions: Required<Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>>;
  /**
   * Starts no further step, gives those at work 20 s, releases every claim, lets answers under way be sent and closes the
   * store. The server that listens is yours to close.
   */
  close(): Promise<void>;
}

/**
 * Opens the store and makes what answers requests. Throws a `ConfigError` for a wrong option, and a `TobiishiError` with
 * the code `store-unavailable` when the store cannot be opened.
 */
export async function tobiishi(options: TobiishiOptions = {}): Promise<Tobiishi> {
  // Whoever only defines a job loads no web server.
  const { openInstance } = await import('./instance.js');
  return openInstance(options);
}
