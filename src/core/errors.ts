import { inspect } from 'node:util';

/** What a page can say went wrong. Each code is also the key of its text in `locales/`. */
export type ErrorCode =
  | 'bad-request'
  | 'bad-seq'
  | 'bad-token'
  | 'bad-api-token'
  | 'cookies-off'
  | 'other-site'
  | 'other-host'
  | 'not-let-in'
  | 'not-allowed'
  | 'blocked'
  | 'starts-refused'
  | 'too-much-kept'
  | 'storage-full'
  | 'not-found'
  | 'run-not-found'
  | 'shared-not-found'
  | 'job-not-found'
  | 'wrong-status'
  | 'too-many-runs'
  | 'too-many-steps'
  | 'too-large-for-cookie'
  | 'plan-too-slow'
  | 'plan-empty'
  | 'too-busy'
  | 'too-many-requests'
  | 'store-unavailable'
  | 'newer-version';

/** Several texts are listed as the reader's language does. */
export type MessageParams = Readonly<Record<string, string | number | readonly string[]>>;

/** An expected failure that the visitor can be told about. Anything else is a bug and answers 500. */
export class TobiishiError extends Error {
  override readonly name = 'TobiishiError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly params: MessageParams = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Whether `thrown` is one, of this copy of the package or another; with `code`, whether it is that one. */
export function isTobiishiError(thrown: unknown, code?: ErrorCode): thrown is TobiishiError {
  return isNamed(thrown, 'TobiishiError') && (code === undefined || thrown['code'] === code);
}

/** Why a step failed, as it is stored and shown: a code to translate by, and English for want of a translation. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly params: MessageParams;
}

/**
 * Thrown by a step to say why it failed. `retry: false` means that trying again cannot help (a page that does not
 * exist, a refused address): the step then fails at once.
 */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly failure: Failure;
  readonly retry: boolean;

  constructor(code: string, message: string, options: ErrorOptions & { params?: MessageParams; retry?: boolean } = {}) {
    super(message, options);
    this.failure = { code, message, params: options.params ?? {} };
    this.retry = options.retry ?? true;
  }
}

/** Whether `thrown` is one, of this copy of the package or another: a job may have been installed with its own. */
export function isStepError(thrown: unknown): thrown is StepError {
  if (!isNamed(thrown, 'StepError') || typeof thrown['retry'] !== 'boolean') return false;
  const failure = thrown['failure'] as Partial<Failure> | null | undefined;
  return typeof failure?.code === 'string' && typeof failure.message === 'string' && typeof failure.params === 'object';
}

/** Not `instanceof`: two copies of the package have two classes of one name. */
function isNamed(thrown: unknown, name: string): thrown is Record<string, unknown> {
  return typeof thrown === 'object' && thrown !== null && 'name' in thrown && thrown.name === name;
}

/** In characters: a failure stands on pages and in cookies. */
const MAX_MESSAGE = 500;

/** The failure to record for anything that a step threw. */
export function failureOf(thrown: unknown): Failure {
  if (isStepError(thrown)) return thrown.failure;
  const message = clipped(messageOf(thrown), MAX_MESSAGE);
  return { code: 'step-threw', message, params: { message } };
}

/** What the operator is told of anything that was thrown. */
export interface ErrorDetails {
  /** The error's class, or the type of what is no error. */
  readonly name: string;
  readonly message: string;
  /** Empty when it has none. */
  readonly stack: string;
}

/** In characters: errors are kept for the newest failed attempts of every run. */
const MAX_STACK = 4000;

export function errorDetails(thrown: unknown): ErrorDetails {
  const isError = thrown instanceof Error;
  return {
    name: clipped(isError ? thrown.constructor.name || thrown.name : typeof thrown, MAX_MESSAGE),
    message: clipped(messageOf(thrown), MAX_MESSAGE),
    stack: clipped((isError && thrown.stack) || '', MAX_STACK),
  };
}

/** Jobs throw whatever they like: errors, texts, answers of libraries. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 1, breakLength: Infinity });
}

function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
