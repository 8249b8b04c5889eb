/** What a page can say went wrong. Each code is also the key of its text in `locales/`. */
export type ErrorCode =
  | 'bad-request'
  | 'bad-seq'
  | 'bad-token'
  | 'cookies-off'
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
  | 'store-away'
  | 'newer-version';

export type MessageParams = Readonly<Record<string, string | number>>;

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

/** In characters: a failure stands on pages and in cookies. */
const MAX_MESSAGE = 500;

/** The failure to record for anything that a step threw. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof StepError) return thrown.failure;
  const whole = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  const message = whole.length > MAX_MESSAGE ? `${whole.slice(0, MAX_MESSAGE)}…` : whole;
  return { code: 'step-threw', message, params: { message } };
}
