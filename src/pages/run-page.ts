import { isDeepStrictEqual } from 'node:util';
import type { Response } from 'express';
import type { Job } from '../core/job.js';
import { elapsedMs, remainingMs } from '../core/progress.js';
import { allows, type Run } from '../core/run.js';
import type { Json, Step } from '../core/step.js';
import type { RecordedRow } from '../core/store.js';
import type { Progress } from '../engine/progress.js';
import { rawInput } from '../web/form.js';
import { doingText, failureText, jobTitle, type Words } from '../web/language.js';
import { sendPage, setRunHeaders } from '../web/render.js';
import { RUN_ACTIONS } from './actions.js';
import type { PageDeps } from './deps.js';

/** Nothing on a page may grow with the run, nor with what a scraped page contained. */
const SHOWN_ROWS = 20;
const SHOWN_FAILURES = 20;
const SHOWN_COLUMNS = 10;
const TABLE_CHARACTERS = 6000;
const FORM_ADDRESS_CHARACTERS = 1500;
/** Each stone is drawn up to here; a bar alone shows more steps. */
const MOST_STONES = 12;
/** No page waits longer than this before it asks again, so that a changed plan is noticed. */
const LONGEST_TIMER_MS = 30_000;

export interface RunPage {
  readonly progress: Progress;
  readonly rows: readonly RecordedRow[];
  readonly failures: readonly Step[];
  /** For the forms of the buttons. */
  readonly token: string;
}

/** Reads everything that the page will show. */
export async function readRunPage({ store }: PageDeps, progress: Progress, token: string): Promise<RunPage> {
  const { id, rowCount, seq } = progress.run;
  const [rows, failures] = await Promise.all([
    rowCount === 0 ? [] : store.listRows(id, Math.max(0, rowCount - SHOWN_ROWS), SHOWN_ROWS),
    // Also without failed ones: skipped steps are listed, too.
    seq === 0 ? [] : store.listFailures(id, null, SHOWN_FAILURES),
  ]);
  return { progress, rows, failures, token };
}

export async function sendRunPage(deps: PageDeps, res: Response, page: RunPage): Promise<void> {
  const { progress, rows, failures, token } = page;
  const { jobs, engine, clock } = deps;
  const { words } = res.locals;
  const { run, step } = progress;
  const job = jobs.get(run.job);
  const here = `/runs/${run.id}`;
  const title = jobTitle(words, run.job, job);
  // A short wait is held by the server; for a longer one the page comes back by itself.
  const heldBack = progress.waitMs > engine.answerWithinMs;
  const timerSeconds = heldBack ? Math.ceil(Math.min(progress.waitMs, LONGEST_TIMER_MS) / 1000) : 0;
  setRunHeaders(res, run);
  if (engine.holdsAnswer(run)) res.setHeader('Tobiishi', 'held');
  await sendPage(res, {
    view: 'run',
    title: `${run.seq}/${run.total} · ${title} · ${words.t(`statuses.${run.status}`)}`,
    here,
    refresh: run.status === 'running' ? { url: `${here}?seq=${run.seq}`, seconds: timerSeconds } : null,
    data: {
      run,
      here,
      title,
      token,
      progress,
      timerSeconds,
      hostLimitMs: engine.hostLimit.ms,
      doing: step && doingText(words, job, step.item, run.input),
      item: step && job?.describe(step.item, run.input),
      failure: step?.failure && failureText(words, step.failure),
      elapsed: words.duration(elapsedMs(run, clock.now())),
      remaining: remainingText(words, progress),
      stones: run.total <= MOST_STONES ? stones(run) : null,
      actions: RUN_ACTIONS.filter((action) => allows(run, action)),
      table: tableOf(rows),
      // The step that stopped the run is not recorded yet, but the visitor sees it fail.
      failureCount: run.failedCount + (run.reason === 'step-failed' ? 1 : 0),
      failures: failures.map((failed) => ({
        position: failed.position,
        status: failed.status,
        item: clip(job?.describe(failed.item, run.input) || JSON.stringify(failed.item), 100),
        failure: failed.failure ? clip(failureText(words, failed.failure), 160) : '',
      })),
      again: job ? `/jobs/${job.name}${sameForm(job, run)}` : null,
    },
  });
}

/** None before it can be known, and a known wait counts. */
function remainingText(words: Words, { run, waitMs }: Progress): string | null {
  const ms = remainingMs(run);
  return ms === null ? null : words.duration(Math.max(ms, waitMs));
}

/** A path of stepping stones, wandering a little, drawn by the server. */
function stones(run: Run): { x: number; y: number; state: 'laid' | 'next' | 'ahead' }[] {
  return Array.from({ length: run.total }, (_, index) => ({
    x: 22 + index * 40,
    y: index % 2 === 0 ? 26 : 16,
    state: index < run.seq ? 'laid' : index === run.seq ? 'next' : 'ahead',
  }));
}

/** The newest rows as a table of bounded size. */
function tableOf(rows: readonly RecordedRow[]) {
  const all = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))];
  const columns = all.slice(0, SHOWN_COLUMNS);
  const room = Math.max(24, Math.floor(TABLE_CHARACTERS / Math.max(1, rows.length * columns.length)));
  return {
    columns: columns.map((column) => clip(column, 40)),
    hiddenColumns: all.length - columns.length,
    rows: rows.map(({ number, row }) => ({
      number,
      cells: columns.map((column) => clip(cellText(row[column]), room)),
    })),
  };
}

function cellText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** By code points, so that no emoji is cut in half. */
function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${[...text.slice(0, length * 2)].slice(0, length - 1).join('')}…`;
}

/** The address part that fills the job's form in again; empty when the input cannot be written as it was typed. */
function sameForm(job: Job, run: Run): string {
  const typed: Record<string, string> = {};
  for (const [name, value] of Object.entries(run.input)) {
    const lines: readonly Json[] = Array.isArray(value) ? value : [value];
    typed[name] = lines.map(cellText).join('\n');
  }
  const parsed = job.input.safeParse(rawInput(job, typed));
  if (!parsed.success || !isDeepStrictEqual(JSON.parse(JSON.stringify(parsed.data)), run.input)) return '';
  const query = new URLSearchParams(typed).toString();
  return query.length <= FORM_ADDRESS_CHARACTERS ? `?${query}` : '';
}
