import type { Response } from 'express';
import type { Job } from '../../core/job.js';
import { elapsedMs, isWaitingForPage, remainingMs } from '../../core/progress.js';
import { allows, isUnfinished, type Run, type RunAction } from '../../core/run.js';
import type { Step } from '../../core/step.js';
import type { RecordedRow } from '../../core/store.js';
import { mayRetryFailed } from '../../engine/failures.js';
import type { Progress } from '../../engine/progress.js';
import type { Words } from '../../http/words.js';
import type { PageDeps } from '../deps.js';
import { failureText, itemText } from '../job/texts.js';
import type { Paths, ResultPaths } from '../paths.js';
import { sendPage } from '../send.js';
import { aboutRun, type RunAbout } from './about.js';
import { CONFIRMED_ACTIONS, RUN_ACTIONS } from './actions.js';
import { answerChart } from './answer-times.js';
import { failureList, mayPassNow } from './failure-list.js';
import { figureTable } from './figures.js';
import { setRunHeaders } from './headers.js';
import { readInTurn } from './large-rows.js';
import { clipBytes } from './page-bytes.js';
import { stones } from './stones.js';
import { clip, tableOf } from './table.js';
import { warningTexts } from './warnings.js';

const SHOWN_ROWS = 20;
/** Larger ones are only cut for the page. */
const SHOWN_ROWS_BYTES = 100_000;
const SHOWN_FAILURES = 20;
/** For rows, figures and failures together, so that a page stays below 15 KB. */
const CONTENT_BYTES = 7150;
/** No page waits longer than this before it asks again, so that a changed plan is noticed. */
const LONGEST_TIMER_MS = 30_000;
/** A page that only watches is loaded again after so long. */
const WATCH_SECONDS = 5;

export interface RunPage {
  readonly progress: Progress;
  readonly rows: readonly RecordedRow[];
  readonly failures: readonly Step[];
}

/** What only the run's owner sees. */
export interface Owner {
  /** For the forms of the buttons. */
  readonly token: string;
  /** How long the newest requests took, in milliseconds, oldest first. */
  readonly answers: readonly number[];
  /** The run whose failed steps this one executes again, and the one that does so with this one's. */
  readonly related: { readonly retried: string | null; readonly retry: string | null };
  /** Steps change the page in place. */
  readonly quiet: boolean;
  /** After how long the host seems to cut this visitor's requests; null while nothing says so. */
  readonly hostLimitMs: number | null;
  /** Within how long they are answered because of it. */
  readonly answerWithinMs: number;
}

/** Reads everything that the page will show. */
export async function readRunPage(deps: PageDeps, run: Run): Promise<RunPage> {
  const { store, driver } = deps;
  const { id, seq } = run;
  const [progress, rows, failures] = await Promise.all([
    driver.show(run),
    run.rowCount === 0 ? [] : readInTurn(deps, run, () => rowsOnPage(store, run)),
    // Asked for even when none failed: skipped steps are listed, too.
    seq === 0 ? [] : store.listFailures(id, null, SHOWN_FAILURES),
  ]);
  return { progress, rows, failures };
}

/** The newest while it goes on; of a result the first, as of any table. */
function rowsOnPage(store: PageDeps['store'], run: Run): Promise<readonly RecordedRow[]> {
  return isUnfinished(run)
    ? store.listRowsBefore(run.id, run.rowCount + 1, SHOWN_ROWS, SHOWN_ROWS_BYTES)
    : store.listRows(run.id, 0, SHOWN_ROWS, SHOWN_ROWS_BYTES);
}

type RunData = ReturnType<typeof runData>;

/** What `views/run.ejs` shows besides, to the owner and to whoever has the link. */
interface RunView {
  readonly about: RunAbout;
  readonly results: ResultPaths;
  readonly quiet: boolean;
  /** Nobody has asked for a step for a while. */
  readonly waitsForPage: boolean;
  /** After so long the page asks for the next step; 0 for at once. */
  readonly timerSeconds: number;
  /** Within how long a request is answered; null when it is held for as long as it takes. */
  readonly patienceMs: number | null;
  readonly hostLimitMs: number | null;
  readonly actions: readonly RunAction[];
  readonly answers: ReturnType<typeof answerChart>;
  /** The form, filled in as for this run. */
  readonly again: string | null;
  /** Likewise, made a watch; null when this is one, or the job has none. */
  readonly asWatch: string | null;
  readonly retriesFailed: boolean;
  /** Whether a page that failed and led on can be asked for again, whatever it failed with. */
  readonly goesOn: boolean;
  /** Whether its rows are compared with those of earlier runs. */
  readonly watches: boolean;
}

interface OwnerView extends RunView, Pick<Owner, 'token' | 'related'> {
  readonly mine: true;
  /** Whether it can be started again at times to come. */
  readonly repeats: boolean;
  /** Those of the actions that ask first. */
  readonly confirmed: readonly string[];
}

interface SharedView extends RunView {
  readonly mine: false;
  /** It does not load itself again, as the visitor wished. */
  readonly still: boolean;
  readonly stillAddress: string;
  /** After how long it does; null when it does not. */
  readonly watchMs: number | null;
}

export async function sendRunPage(deps: PageDeps, res: Response, page: RunPage, owner: Owner): Promise<void> {
  const { run, waitMs, workingMs } = page.progress;
  const { jobs, driver } = deps;
  const { words, paths } = res.locals.tobiishi;
  const job = jobs.get(run.job);
  const about = aboutRun(words, job, run);
  const holds = driver.holdsAnswer(run);
  // A short wait is held by the server, and that of a step at work; for a longer one the page comes back by itself.
  const heldBack = waitMs > owner.answerWithinMs && workingMs === null;
  const timerSeconds = heldBack ? Math.ceil(Math.min(waitMs, LONGEST_TIMER_MS) / 1000) : 0;
  const hostMs = owner.hostLimitMs ?? deps.hostTimeoutMs;
  setRunHeaders(res, run);
  if (holds) res.setHeader('Tobiishi', 'held');
  await sendPage<readonly [RunData, OwnerView]>(res, 'run', {
    title: titleOf(words, run, about),
    here: paths.run(run.id),
    refresh: run.status === 'running' ? { url: paths.runSeq(run.id, run.seq), seconds: timerSeconds } : null,
    quiet: owner.quiet && run.status === 'running',
    chain: run.status === 'running',
    stop:
      run.status === 'running'
        ? { text: words.t('actions.pause'), address: paths.runAction(run.id, 'pause'), token: owner.token }
        : null,
    data: [
      runData(deps, words, page),
      {
        results: paths.runResults(run.id),
        about,
        mine: true,
        watches: run.status === 'done' && deps.watches !== null && job !== undefined && job.watch(run.input) !== null,
        repeats: deps.schedules !== null && job !== undefined,
        token: owner.token,
        related: owner.related,
        quiet: owner.quiet,
        timerSeconds,
        patienceMs: holds ? null : owner.answerWithinMs,
        hostLimitMs: owner.hostLimitMs,
        confirmed: CONFIRMED_ACTIONS,
        actions: RUN_ACTIONS.filter((action) => allows(run, action)),
        waitsForPage: false,
        answers: answerChart(words, owner.answers, {
          hostMs,
          isAssumed: owner.hostLimitMs === null,
          withinMs: holds ? null : owner.answerWithinMs,
        }),
        again: job ? paths.jobOfRun(job.name, run.id) : null,
        asWatch: run.status === 'done' && deps.watches !== null && job ? watchForm(paths, job, run) : null,
        retriesFailed: mayRetryFailed(run, job) && page.failures.some(mayPassNow),
        goesOn: mayRetryFailed(run, job),
      },
    ],
  });
}

/** The same for whoever was given the link: nothing to press, and looking executes nothing. */
export async function sendSharedPage(
  deps: PageDeps,
  res: Response,
  page: RunPage,
  { token, still }: { token: string; still: boolean },
): Promise<void> {
  const { run } = page.progress;
  const { words, paths } = res.locals.tobiishi;
  const [address, stillAddress] = [paths.shared(token), paths.sharedStill(token)];
  const about = aboutRun(words, deps.jobs.get(run.job), run);
  const watches = run.status === 'running' && !still;
  await sendPage<readonly [RunData, SharedView]>(res, 'run', {
    title: titleOf(words, run, about),
    here: still ? stillAddress : address,
    refresh: watches ? { url: address, seconds: WATCH_SECONDS } : null,
    stop: watches ? { text: words.t('run.watchNot'), address: stillAddress, token: null } : null,
    data: [
      runData(deps, words, page),
      {
        results: paths.sharedResults(token),
        stillAddress,
        about,
        mine: false,
        watches: false,
        waitsForPage: !(deps.background && run.background) && isWaitingForPage(page.progress, deps.clock.now()),
        quiet: false,
        still,
        watchMs: watches ? WATCH_SECONDS * 1000 : null,
        timerSeconds: 0,
        patienceMs: null,
        hostLimitMs: null,
        actions: [],
        answers: null,
        again: null,
        asWatch: null,
        retriesFailed: false,
        goesOn: false,
      },
    ],
  });
}

function titleOf(words: Words, run: Run, { title, summary }: RunAbout): string {
  const name = summary ? `${title}${words.t('site.colon')}${summary}` : title;
  return `${run.seq}/${run.total} · ${name} · ${words.t(`statuses.${run.status}`)}`;
}

/** What everybody who may see the run is shown of it. */
function runData(deps: PageDeps, words: Words, { progress, rows, failures }: RunPage) {
  const { jobs, clock } = deps;
  const { run, step, waitMs, waitsFor, pausedForMs } = progress;
  const job = jobs.get(run.job);
  const isOver = !isUnfinished(run);
  const [table, figures] = [tableOf(rows, isOver), figureTable(words, run)];
  const warnings = warningTexts(words, job, run);
  const elapsed = elapsedMs(run, clock.now());
  return {
    run,
    hasEnded: run.status === 'done' || run.status === 'cancelled',
    progress,
    doing: step && clipBytes(itemText(words, job, step.item, run.input, 'doing'), 300),
    item: step && clipBytes(itemText(words, job, step.item, run.input, 'item'), 300),
    waitsFor: step && job && waitMs > 0 ? clip(waitsFor ?? '', 80) : '',
    paused: pausedForMs === null ? null : pausedUntil(words, clock.now(), pausedForMs),
    failure: step?.failure && clipBytes(failureText(words, run.job, step.failure), 400),
    elapsed: words.duration(elapsed),
    elapsedSeconds: Math.round(elapsed / 1000),
    remaining: remainingText(words, progress, job, clock.now()),
    stones: stones(run),
    isOpen: isUnfinished(run) && (job?.findsItems(run.input) ?? false),
    table,
    tableTexts: isOver ? tableTexts(words) : null,
    // The step that stopped the run is not recorded yet, but the visitor sees it fail.
    failureCount: run.failedCount + (run.reason === 'step-failed' ? 1 : 0),
    failures: failureList(words, job, run, failures, CONTENT_BYTES - table.bytes - figures.bytes - warnings.bytes),
    figures,
    warnings,
  };
}

function watchForm(paths: Paths, job: Job, run: Run): string | null {
  const [field] = Object.keys(job.asWatch);
  return field === undefined || job.watch(run.input) !== null ? null : paths.watchOfRun(job.name, run.id, field);
}

function pausedUntil(words: Words, now: number, forMs: number) {
  const until = now + forMs;
  return { iso: new Date(until).toISOString(), time: words.time(until, now) };
}

/** Null while too little is known; never less than a wait that is known. */
function remainingText(words: Words, { run, waitMs }: Progress, job: Job | undefined, now: number): string | null {
  const ms = remainingMs(run, job?.leastStepMs(run.input) ?? 0, now);
  return ms === null && waitMs === 0 ? null : words.duration(Math.max(ms ?? 0, waitMs));
}

/** What a script needs for sorting, searching and copying the table in the page. */
function tableTexts({ t }: Words) {
  const later = { count: '{{count}}', total: '{{total}}' };
  return {
    search: t('table.search'),
    found: t('table.found', later),
    first: t('table.first', later),
    copy: t('table.copy'),
    copied: t('table.copied'),
  };
}
