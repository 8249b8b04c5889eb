import { TobiishiError } from '../../core/errors.js';

/**
 * What the data of a step can cause, by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html): values
 * that the database cannot hold, such as a character that its encoding lacks, and limits of size. Whatever else it
 * answers is its own fault or its operator's: no room, a revoked grant, a failover, a damaged index.
 */
const OF_THE_DATA = /^(22|54)/;

/** A conflict with another transaction: the same thing tried again can work. */
const CONFLICT = /^(40001|40P01)/;

/** A prepared statement that is not there, or is there already: a pooler has put another connection behind this one. */
const NOT_PREPARED = /^(26000|42P05)/;

/** Refused for a reason that waiting does not mend: a wrong password, a database that does not exist, a missing grant. */
const REFUSED = /^(28|3D000|42)/;

/** What the server itself sent. Not by its class: a pool may be of another copy of `pg`. */
export function isServerError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string';
}

/** What the server did not send is the connection's fault, whatever its text; mistakes of ours are TypeErrors. */
function isUnavailable(error: unknown): boolean {
  if (isServerError(error)) return !OF_THE_DATA.test(error.code);
  const isOurs = error instanceof TypeError || error instanceof RangeError || error instanceof TobiishiError;
  return error instanceof Error && !isOurs;
}

/** The error to throw for what `pg` threw: `store-unavailable` when the database cannot be reached, or used. */
export function storeError(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  return new TobiishiError('store-unavailable', `PostgreSQL is unavailable: ${reasonOf(error)}`, {}, { cause: error });
}

/** Of an error that `storeError` made. */
export function isConflict(error: unknown): boolean {
  return CONFLICT.test(codeOf(error));
}

/** Of an error that `storeError` made. */
export function isRefused(error: unknown): boolean {
  return REFUSED.test(codeOf(error));
}

/** Of an error that `storeError` made. */
export function isNotPrepared(error: unknown): boolean {
  return NOT_PREPARED.test(codeOf(error));
}

function codeOf(error: unknown): string {
  const cause = error instanceof TobiishiError ? error.cause : null;
  return isServerError(cause) ? cause.code : '';
}

/** In words; never has the password. Node reports several addresses tried at once with an empty message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'no answer';
}
