import { DatabaseError } from 'pg';
import { TobiishiError } from '../core/errors.js';

/**
 * What PostgreSQL answers when it is not to be had just now, by SQLSTATE
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection trouble, refused credentials (some hosts
 * rotate them), a database that is being moved or is read-only during a failover, no room for another connection,
 * shutting down or starting up, a statement that took too long, trouble with its own disk.
 */
const AWAY = /^(08|28|3D000|25006|53|57|58)/;

/** A conflict with another transaction: the same thing tried again can work. */
const CONFLICT = /^(40001|40P01)/;

/** What the server did not send is the connection's fault, whatever its text; mistakes of ours are TypeErrors. */
function isAway(error: unknown): boolean {
  if (error instanceof DatabaseError) return AWAY.test(error.code ?? '');
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof TobiishiError);
}

/** The error to throw for what `pg` threw: `store-away` when the database cannot be reached. */
export function storeError(error: unknown): unknown {
  if (!isAway(error)) return error;
  return new TobiishiError('store-away', `PostgreSQL is away: ${reasonOf(error)}`, {}, { cause: error });
}

export function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && CONFLICT.test(error.code ?? '');
}

/** Refused for a reason that waiting does not mend: a wrong password, a database that does not exist. */
export function isRefused(error: unknown): boolean {
  return error instanceof DatabaseError && /^(28|3D000)/.test(error.code ?? '');
}

/** In words; never has the password. Node reports several addresses tried at once with an empty message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'no answer';
}
