import type { Run, RunAction, RunStatus } from './run.js';

/**
 * What somebody wants: to start a run, or to do something with one. Whoever may not `see` a run is told that there is none;
 * whoever sees a running one also drives it.
 */
export type Access = 'start' | 'see' | 'name' | 'share' | 'delete' | RunAction;

/** What a decision about access is made from. */
export interface AccessedRun {
  /** Null for a run that is to be started. */
  readonly id: string | null;
  readonly job: string;
  readonly status: RunStatus | null;
  /** The id that the app around us has for its owner; null for an anonymous session. */
  readonly owner: string | null;
  /** Whether it belongs to whoever asks, an anonymous session too. */
  readonly isOwn: boolean;
}

/** `visitor` is the id that the app around us has for whoever asks; null for an anonymous session. */
export type May = (visitor: string | null, access: Access, run: AccessedRun) => boolean | Promise<boolean>;

/** Everybody may do everything with their own runs, and nothing with those of others. */
export const ownRunsOnly: May = (_visitor, _access, { isOwn }) => isOwn;

/** No id of an anonymous session has a colon. */
const USER = 'user:';

/** The visitor's id of somebody whom the app around us knows. */
export function visitorOfUser(user: string | number): string {
  return `${USER}${user}`;
}

/** The id that the app around us has for a visitor; null for an anonymous session. */
export function userOf(visitorId: string | null): string | null {
  return visitorId?.startsWith(USER) ? visitorId.slice(USER.length) : null;
}

/** What `may` says of a visitor, who is null before the first form, and a run that is there. */
export function mayAccess(may: May, visitorId: string | null, access: Access, run: Run) {
  const { id, job, status } = run;
  const isOwn = run.visitorId === visitorId;
  return may(userOf(visitorId), access, { id, job, status, owner: userOf(run.visitorId), isOwn });
}

/** What `may` says of a run that the visitor would start. */
export function mayStart(may: May, visitorId: string, job: string) {
  const user = userOf(visitorId);
  return may(user, 'start', { id: null, job, status: null, owner: user, isOwn: true });
}
