import { type ErrorCode, isTobiishiError, type MessageParams } from '../core/errors.js';
import { isJobError } from '../core/job-error.js';
import { MOST_FIELDS } from '../http/form-body.js';
import type { RequestLocals } from '../http/locals.js';
import { type FormLimit, megabytes } from '../http/uploads.js';

/** Besides those of `TobiishiError`: a `JobError`, and what the web alone finds. */
export type PageCode = ErrorCode | 'job-mistake' | 'too-large' | 'too-slow' | 'unknown';

export const HTTP_STATUS: Readonly<Record<PageCode, number>> = {
  'bad-request': 400,
  'bad-seq': 400,
  'bad-token': 403,
  'bad-api-token': 401,
  'cookies-off': 403,
  'other-site': 403,
  'other-host': 421,
  'not-let-in': 403,
  'not-allowed': 403,
  blocked: 403,
  'not-found': 404,
  'run-not-found': 404,
  'shared-not-found': 404,
  'job-not-found': 404,
  'wrong-status': 409,
  'too-many-runs': 422,
  'too-many-steps': 422,
  'too-large-for-cookie': 422,
  'plan-too-slow': 422,
  'plan-empty': 422,
  'too-much-kept': 422,
  'too-many-requests': 429,
  'too-busy': 503,
  'starts-refused': 503,
  'store-unavailable': 503,
  'newer-version': 503,
  'storage-full': 507,
  'too-slow': 408,
  'too-large': 413,
  'job-mistake': 500,
  unknown: 500,
};

/** What an error is to its page. */
export function codeOf(error: unknown): PageCode {
  if (isTobiishiError(error)) return error.code;
  if (isJobError(error)) return 'job-mistake';
  // Express and its body parser mark what the request itself is to blame for.
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 413) return 'too-large';
  if (status === 408) return 'too-slow';
  return typeof status === 'number' && status >= 400 && status < 500 ? 'bad-request' : 'unknown';
}

/** The values in the texts of an error. */
export function paramsOf(error: unknown): MessageParams {
  if (isJobError(error)) return { job: error.job };
  return isTobiishiError(error) ? error.params : {};
}

/** What happened. How a job is to be mended can name what visitors need not know: in development alone. */
export function whatHappened({ words, instance }: Pick<RequestLocals, 'words' | 'instance'>, error: unknown): string {
  const code = codeOf(error);
  const limit = code === 'too-large' ? formLimitOf(error) : null;
  const what = limit
    ? words.t(`errors.too-large.${limit.of}`, { max: limit.max })
    : words.t(`errors.${code}.what`, paramsOf(error));
  return isJobError(error) && instance.showsMends ? `${what} (${error.message})` : what;
}

/** Of a form that is too large; null when it is not known. */
function formLimitOf(error: unknown): FormLimit | null {
  const { formLimit = null, type, limit } = error as { formLimit?: FormLimit; type?: unknown; limit?: unknown };
  // As Express's body parser says it.
  if (type === 'parameters.too.many') return { of: 'fields', max: MOST_FIELDS };
  if (type === 'entity.too.large') return megabytes(Number(limit));
  return formLimit;
}

/** Whoever has to wait for the server may ask again after so long. */
const ASK_AGAIN_S = 3;
/** Until somebody has deleted something. */
const ASK_WHEN_DELETED_S = 600;

/** After how many seconds it may be asked for again; null when waiting does not help. */
export function retryAfterS(error: unknown): number | null {
  const code = codeOf(error);
  if (code === 'too-many-requests' && isTobiishiError(error)) return Number(error.params['seconds']);
  if (code === 'storage-full') return ASK_WHEN_DELETED_S;
  return HTTP_STATUS[code] === 503 ? ASK_AGAIN_S : null;
}
