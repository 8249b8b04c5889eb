import type { Request, RequestHandler, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import { answerWithin, stillSeen, withCut } from '../../core/host-limit.js';
import type { Run } from '../../core/run.js';
import type { Driver } from '../../engine/driver.js';
import type { Progress } from '../../engine/progress.js';
import { csrfToken } from '../../http/csrf.js';
import { sendJson, wantsJson } from '../../http/json.js';
import { saveSession } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import type { Asked } from '../route.js';
import { answersOf, hostSeenBy, rememberAnswer, rememberHost, rememberRun, retriedIn, retryOf } from '../session.js';
import { isReload, RunCuts, refusalsOf } from './cuts.js';
import { findRun } from './find.js';
import { setRunHeaders } from './headers.js';
import { readRunPage, sendRunPage } from './page.js';
import { runStatus } from './status.js';

/** Shows the run; with `?seq=k` asks for the step after k first. Everything is saved before the page is rendered. */
export function runShow(deps: PageDeps): RequestHandler<{ id: string }> {
  const { driver, clock } = deps;
  const cuts = new RunCuts(clock);
  return async (req, res) => {
    const startedAt = clock.monotonic();
    const run = await findRun(deps, req, res);
    const seq = askedSeq(req);
    const cut = cuts.watch(req, res, run.id, seq);
    const before = hostSeenBy(req);
    const host = cut === null ? stillSeen(before, clock.now()) : withCut(before, cut, clock.now());
    const withinMs = answerWithin(driver.answerWithinMs, host, cut);
    const progress = await (seq === null ? driver.show(run) : advance(driver, req, run, seq, withinMs));
    const page = wantsJson(req) ? null : await readRunPage(deps, progress);
    const token = csrfToken(req);
    rememberRun(req, progress.run);
    rememberHost(req, host);
    // What is still to do, saving and sending, takes a millisecond or two.
    if (seq !== null) rememberAnswer(req, run.id, clock.monotonic() - startedAt);
    await saveSession(req);
    if (page === null) return sendRunStatus(deps, res, progress);
    await sendRunPage(deps, res, page, {
      token,
      answers: answersOf(req, run.id),
      related: { retried: retryOf(req, run.id), retry: retriedIn(req, run.id) },
      quiet: !res.locals.tobiishi.plain,
      hostLimitMs: host?.limitMs ?? null,
      answerWithinMs: answerWithin(driver.answerWithinMs, host, null),
    });
  };
}

function sendRunStatus({ jobs, clock }: PageDeps, res: Response, progress: Progress): void {
  const { run } = progress;
  setRunHeaders(res, run);
  sendJson(res, runStatus(res.locals.tobiishi.words, jobs.get(run.job), progress, clock.now()));
}

/** Executes the next slice; of an attempt that was lost with another process, says so instead. */
async function advance(driver: Driver, req: Request, run: Run, seq: number, withinMs: number): Promise<Progress> {
  const lost = isRepeat(req) ? await driver.countLost(run, seq, refusalsOf(req)) : null;
  return lost ?? driver.advance(run, seq, withinMs);
}

/** The page to ask for again: for the same step, when one was asked for. */
export function againAddress({ params, query, paths }: Asked<{ id: string }>): string {
  const { seq } = query;
  return typeof seq === 'string' && /^\d+$/.test(seq) ? paths.runSeq(params.id, seq) : paths.run(params.id);
}

/** Made before, without an answer: by the service worker's page, or by a visitor who reloads. */
function isRepeat(req: Request): boolean {
  return req.query['try'] !== undefined || isReload(req);
}

/** The number after which a step is asked for; null when the run is only to be shown. */
function askedSeq(req: Request): number | null {
  const given = req.query['seq'];
  if (given === undefined) return null;
  if (typeof given !== 'string' || !/^\d+$/.test(given)) {
    throw new TobiishiError('bad-seq', `seq must be one whole number, not ${JSON.stringify(given)}`);
  }
  return isWanted(req) ? Number(given) : null;
}

/**
 * False for what a browser fetches ahead because it guesses, for a tool that asks for headers only, and for a link on
 * another site: nobody wants a step yet.
 */
function isWanted(req: Request): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Moz'].map((name) => req.get(name) ?? '');
  const isAhead = purposes.some((purpose) => /\bprefetch\b/i.test(purpose));
  return !isAhead && req.method !== 'HEAD' && req.get('Sec-Fetch-Site') !== 'cross-site';
}
