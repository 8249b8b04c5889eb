import type { Request, RequestHandler, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import { answerWithin, stillSeen, withCut } from '../../core/host-limit.js';
import type { Run, RunState } from '../../core/run.js';
import type { Driver } from '../../engine/driver.js';
import type { Progress } from '../../engine/progress.js';
import { csrfToken } from '../../http/csrf.js';
import { sendJson, wantsJson } from '../../http/json.js';
import { saveSession, saveSessionAtOnce } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { answersOf, hostSeenBy, rememberAnswer, rememberHost, rememberRun, retriedIn, retryOf } from '../session.js';
import { isReload, RunCuts, refusalsOf } from './cuts.js';
import { findRun } from './find.js';
import { setRunHeaders } from './headers.js';
import { readRunPage, sendRunPage } from './page.js';
import { runStatus } from './status.js';

/** How often the store is asked after the step, one time after the other: for the run, what comes next, and whose turn it is. */
const TRIPS_AFTER = 3;
/** The next answers of a store that is far away are expected to take what the first one took, or a little longer. */
const SLOWER = 1.2;

/** Shows the run; with `?seq=k` asks for the step after k first. Everything is saved before the page is rendered. */
export function runShow(deps: PageDeps): RequestHandler<{ id: string }> {
  const { driver, clock } = deps;
  const cuts = new RunCuts(clock);
  return async (req, res) => {
    const { startedAt } = res.locals.tobiishi;
    const askedAt = clock.monotonic();
    const run = await findRun(deps, req, res);
    const tripMs = SLOWER * (clock.monotonic() - askedAt);
    const seq = askedSeq(req);
    const cut = cuts.watch(req, res, run.id, seq);
    const before = hostSeenBy(req);
    const host = cut === null ? stillSeen(before, clock.now()) : withCut(before, cut, clock.now());
    const untilMs = answerWithin(driver.answerWithinMs, host, cut);
    const leftMs = Math.max(0, startedAt + untilMs - TRIPS_AFTER * tripMs - clock.monotonic());
    const token = csrfToken(req);
    rememberHost(req, host);
    let isRemembered = false;
    const remember = (state: RunState) => {
      rememberRun(req, state);
      if (seq !== null && !isRemembered) {
        rememberAnswer(req, run.id, clock.monotonic() - startedAt + (TRIPS_AFTER - 1) * tripMs);
      }
      isRemembered = true;
    };
    // The session is saved with the step, where both lie in one database.
    const alongside = (state: RunState) => {
      remember(state);
      saveSessionAtOnce(req);
    };
    const after = seq === null ? run : await runAfter(driver, req, run, seq, { withinMs: leftMs, alongside });
    remember(after);
    const isSaved = saveSessionAtOnce(req);
    const shown = wantsJson(req) ? driver.show(after) : readRunPage(deps, after);
    const [page] = isSaved ? [await shown] : await Promise.all([shown, saveSession(req)]);
    if (!('progress' in page)) return sendRunStatus(deps, res, page);
    await sendRunPage(deps, res, page, {
      token,
      answers: answersOf(req, run.id),
      related: { retried: retryOf(req, run.id), retry: retriedIn(req, run.id) },
      quiet: !res.locals.tobiishi.plain,
      // Who holds the answers to see the host strike is shown the first cut; elsewhere two must agree.
      hostLimitMs: host?.limitMs ?? (driver.holdsAnswer(after) ? (host?.cuts.at(-1)?.[1] ?? null) : null),
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
function runAfter(
  driver: Driver,
  req: Request,
  run: Run,
  seq: number,
  { withinMs, alongside }: { withinMs: number; alongside: (run: RunState) => void },
): Promise<Run> {
  const advance = () => driver.runAfter(run, seq, withinMs, alongside);
  if (!isRepeat(req)) return advance();
  return driver.countLost(run, seq, refusalsOf(req)).then((lost) => lost ?? advance());
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
