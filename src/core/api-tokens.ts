import { createHash, randomBytes } from 'node:crypto';

/** By which a program does what its visitor may, in place of a cookie. The token itself is kept nowhere, only its hash. */
export interface ApiToken {
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  readonly visitorId: string;
  /** What the visitor knows it by; may be empty. */
  readonly label: string;
  /** What a visitor who made it had given to be let in, by the name of the gate. */
  readonly entered: Readonly<Record<string, string>>;
  /** In ms since 1970. */
  readonly createdAt: number;
  /** Likewise, to within an hour; null before it was used. */
  readonly usedAt: number | null;
}

export interface NewApiToken extends Omit<ApiToken, 'createdAt' | 'usedAt'> {}

/** Of one visitor. */
export const MOST_TOKENS = 20;
/** Of all visitors together. */
export const MOST_TOKENS_OF_ALL = 100_000;

/** What nobody uses for so many days goes by itself, and so do watches and webhooks: more than from one run of most schedules to the next. */
export const UNUSED_KEPT_DAYS = 60;

/** `usedAt` moves by no less than this, so that using a token costs no write. */
export const USED_EVERY_MS = 60 * 60_000;

export interface ApiTokenStore {
  /** False when the visitor has `MOST_TOKENS` already. Throws `storage-full` when all visitors together have `mostOfAll`. */
  add(token: NewApiToken, mostOfAll: number): Promise<boolean>;
  /** Null when there is none, or none any more. Notes that it was used. */
  use(hash: string): Promise<ApiToken | null>;
  /** The visitor's, newest first. */
  list(visitorId: string): Promise<ApiToken[]>;
  remove(visitorId: string, hash: string): Promise<void>;
  removeAll(visitorId: string): Promise<void>;
  /** Deletes up to `limit` of those that nobody has used for so long. True when there may be more. */
  sweep(unusedMs: number, limit: number): Promise<boolean>;
}

/** Tells ours from those of an app around us. */
const PREFIX = 'tobiishi_';

/** A new one: 256 random bits. */
export function newToken(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** Of a token of ours; null for anything else. */
export function hashOf(token: string): string | null {
  return token.startsWith(PREFIX) ? createHash('sha256').update(token).digest('base64url') : null;
}
