import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response } from 'express';
import { systemClock } from '../../core/clock.js';
import { breaks } from '../../core/event-loop.js';
import type { Run } from '../../core/run.js';
import type { Row, Step } from '../../core/step.js';
import type { Store } from '../../core/store.js';
import { eachFailure } from '../../engine/failures.js';
import { toCsv, toJson, toNdjson } from '../../http/rows.js';
import type { Words } from '../../http/words.js';
import { toXlsx } from '../../http/xlsx.js';
import type { PageDeps } from '../deps.js';
import { failureText } from '../job/texts.js';
import type { RowsFormat } from '../paths.js';
import type { FindResults } from './find.js';

/** Larger pages are no faster, and take more memory until they are collected. */
const PAGE_ROWS = 200;
const PAGE_BYTES = 1_000_000;

const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8; header=present', write: toCsv },
  json: { type: 'application/json; charset=utf-8', write: toJson },
  ndjson: { type: 'application/x-ndjson; charset=utf-8', write: toNdjson },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', write: toXlsx },
} as const satisfies Record<RowsFormat, object>;

/** Streams the rows recorded by now, as fast as the client reads; stops when the client leaves. */
export function runRows<P>(deps: PageDeps, format: RowsFormat, find: FindResults<P>): RequestHandler<P> {
  const { store } = deps;
  return async (req, res) => {
    deps.limits.beginDownload(req as Request, res);
    const { run } = await find(deps, req, res);
    const { type, write } = FORMATS[format];
    setFile(res, type, fileName(run, `.${format}`));
    if (req.method === 'HEAD') return void res.end();
    const pages = rowPages(store, run);
    // Read before the first byte is sent: a store that cannot be reached still answers with an error page.
    const first = await pages.next();
    await stream(res, write(first.done ? [] : first.value, pages));
  };
}

/** The rows recorded by now, as the file that is downloaded. */
export async function* rowsFile(store: Store, run: Run, format: RowsFormat): AsyncGenerator<string | Uint8Array> {
  const pages = rowPages(store, run);
  const first = await pages.next();
  yield* FORMATS[format].write(first.done ? [] : first.value, pages);
}

/** Streams every recorded step, in the order in which they were planned, with its note. */
export function runSteps<P>(deps: PageDeps, find: FindResults<P>): RequestHandler<P> {
  return runCsv(deps, 'steps', stepPages, find);
}

/** Streams the failed and skipped steps, newest first, with what is known of each. */
export function runFailures<P>(deps: PageDeps, find: FindResults<P>): RequestHandler<P> {
  return runCsv(deps, 'failures', failurePages, find);
}

function runCsv<P>(
  deps: PageDeps,
  name: string,
  pagesOf: typeof stepPages | typeof failurePages,
  find: FindResults<P>,
): RequestHandler<P> {
  const { store, jobs } = deps;
  return async (req, res) => {
    deps.limits.beginDownload(req as Request, res);
    const { run } = await find(deps, req, res);
    setFile(res, FORMATS.csv.type, fileName(run, `-${name}.csv`));
    if (req.method === 'HEAD') return void res.end();
    const describe = (step: Step) => jobs.get(run.job)?.describe(step.item, run.input) || JSON.stringify(step.item);
    const pages = pagesOf(store, run, res.locals.tobiishi.words, describe);
    const first = await pages.next();
    await stream(res, toCsv(first.done ? [] : first.value, pages));
  };
}

function setFile(res: Response, type: string, name: string): void {
  res.attachment(name);
  res.setHeader('Content-Type', type);
}

/** Of the name that the run's owner gave, but for what file systems refuse, or of the job's; `rest` comes last. */
function fileName({ id, job, name }: Run, rest: string): string {
  const safe = name
    ?.replace(/[\p{C}<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  return `${safe || job}-${id.slice(0, 8)}${rest}`;
}

async function stream(res: Response, chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
  try {
    await pipeline(Readable.from(chunks), res);
  } catch (error) {
    // The client left: nobody is there to be told.
    if (!res.destroyed || !isPrematureClose(error)) throw error;
  }
}

/** Ends at the rows recorded when the download began: a running run would otherwise be chased for ever. */
async function* rowPages(store: Store, { id, rowCount }: Run): AsyncGenerator<Row[], void> {
  let after = 0;
  const breakDue = breaks(systemClock);
  while (after < rowCount) {
    // A store on this machine answers at once, and a fast client never makes us wait.
    await breakDue();
    const page = await store.listRows(id, after, Math.min(PAGE_ROWS, rowCount - after), PAGE_BYTES);
    const last = page.at(-1);
    if (!last) return;
    after = last.number;
    yield page.map(({ row }) => row);
  }
}

/** Ends at the steps planned when the download began. */
async function* stepPages(
  store: Store,
  { id, job, total }: Run,
  words: Words,
  describe: (step: Step) => string,
): AsyncGenerator<Row[], void> {
  let after = 0;
  const breakDue = breaks(systemClock);
  while (after < total) {
    await breakDue();
    const page = await store.listSteps(id, after, PAGE_ROWS);
    const last = page.at(-1);
    if (!last) return;
    after = last.position;
    yield page.map((step) => ({
      seq: step.seq,
      position: step.position,
      status: step.status,
      attempts: step.attempts,
      item: describe(step),
      note: step.note,
      // A step that was done in the end may have failed at an earlier attempt.
      failure: step.failure && failureText(words, job, step.failure),
    }));
  }
}

/** Column names are part of the format, like the codes, and are not translated; the reason is for people. */
async function* failurePages(
  store: Store,
  { id, job }: Run,
  words: Words,
  describe: (step: Step) => string,
): AsyncGenerator<Row[], void> {
  for await (const page of eachFailure(store, id)) {
    yield page.map((step) => ({
      seq: step.seq,
      position: step.position,
      status: step.status,
      item: describe(step),
      code: step.failure?.code ?? null,
      reason: step.failure && failureText(words, job, step.failure),
      attempts: step.attempts,
    }));
  }
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
