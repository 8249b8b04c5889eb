import { isDeepStrictEqual } from 'node:util';
import type { Request } from 'express';
import type { HostSeen } from '../core/host-limit.js';
import type { Run } from '../core/run.js';
import { isInCookie, sessionOf } from '../http/session.js';

/** What the session knows of a run: its job and the numbered step that the visitor was last shown. */
interface ShownRun {
  job: string;
  seq: number;
  /** The run whose failed steps it executes again. */
  retryOf?: string;
}

/** How long the newest requests for steps of one run took, in milliseconds: that of the run last asked for. */
interface AnswerTimes {
  readonly run: string;
  /** Oldest first. An older version kept them otherwise. */
  readonly ms?: readonly number[];
}

declare module '../http/session.js' {
  interface SessionContents {
    runs?: Record<string, ShownRun>;
    answerTimes?: AnswerTimes;
    host?: HostSeen;
  }
}

/** Fields that are maps. A session that has something in one of them gets a record in the store. */
export const SESSION_MAPS = ['runs', 'entered'];

/** Older ones are forgotten by the session, not by the store: a session must not grow. */
const SHOWN_RUNS = 20;

export const SHOWN_ANSWERS = 30;

export function rememberRun(req: Request, run: Pick<Run, 'id' | 'job' | 'seq'>, retried = retryOf(req, run.id)): void {
  const current = sessionOf(req);
  const before = current.runs ?? {};
  if (before[run.id]?.seq === run.seq) return;
  const shown = { job: run.job, seq: run.seq, ...(retried && { retryOf: retried }) };
  const others = isInCookie(req) ? [] : Object.keys(before).filter((id) => id !== run.id);
  // Without a prototype it is a dictionary from the beginning: V8 would keep a hidden class for each run's id, and once there
  // are some 1,500 of them it makes no more that objects of whatever kind could share.
  const runs: Record<string, ShownRun> = Object.create(null);
  for (const id of others.slice(-(SHOWN_RUNS - 1))) runs[id] = before[id] as ShownRun;
  // The newest is last.
  runs[run.id] = shown;
  current.runs = runs;
}

/** The run whose failed steps this one executes again. */
export function retryOf(req: Request, runId: string): string | null {
  return sessionOf(req).runs?.[runId]?.retryOf ?? null;
}

/** The newest run that executes the failed steps of this one again. */
export function retriedIn(req: Request, runId: string): string | null {
  const { runs = {} } = sessionOf(req);
  return Object.keys(runs).findLast((id) => runs[id]?.retryOf === runId) ?? null;
}

export function forgetRun(req: Request, runId: string): void {
  const current = sessionOf(req);
  const { [runId]: _, ...others } = current.runs ?? {};
  current.runs = others;
  if (current.answerTimes?.run === runId) delete current.answerTimes;
}

/** Those of the run, oldest first; none when another run was asked for since. */
export function answersOf(req: Request, runId: string): readonly number[] {
  const { answerTimes } = sessionOf(req);
  return (answerTimes?.run === runId && answerTimes.ms) || [];
}

export function rememberAnswer(req: Request, runId: string, ms: number): void {
  const before = answersOf(req, runId).slice(-(SHOWN_ANSWERS - 1));
  sessionOf(req).answerTimes = { run: runId, ms: [...before, Math.round(ms)] };
}

/** What this visitor's requests showed of the host in front; null while they showed nothing. */
export function hostSeenBy(req: Request): HostSeen | null {
  return sessionOf(req).host ?? null;
}

export function rememberHost(req: Request, seen: HostSeen | null): void {
  if (seen === null) delete sessionOf(req).host;
  // Read anew, it is another object with the same in it.
  else if (!isDeepStrictEqual(seen, hostSeenBy(req))) sessionOf(req).host = seen;
}
