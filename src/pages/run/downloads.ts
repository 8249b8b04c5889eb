import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response } from 'express';
import { ownerOf } from '../../core/fair-shares.js';
import { safeName } from '../../core/files.js';
import type { Run } from '../../core/run.js';
import type { Row, Step } from '../../core/step.js';
import { parseRows, type RowLines, type Store } from '../../core/store.js';
import { eachFailure } from '../../engine/failures.js';
import type { Download } from '../../http/downloads.js';
import { toCsv, toJson } from '../../http/rows.js';
import { visitorOf } from '../../http/session.js';
import type { Words } from '../../http/words.js';
import { toXlsx } from '../../http/xlsx.js';
import type { PageDeps } from '../deps.js';
import { failureText } from '../job/texts.js';
import type { RowsFormat } from '../paths.js';
import type { FindResults } from './find.js';

/** Larger pages are no faster, and keep others waiting. The first one is small, because its rows may be large. */
const PAGE_ROWS = 400;
const FIRST_PAGE_ROWS = 10;
const PAGE_BYTES = 250_000;

const MOST_LISTENERS = 20;

type RowsWriter = (pages: AsyncGenerator<RowLines, void>) => AsyncIterable<string | Uint8Array>;

const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8; header=present', write: ofRows(toCsv) },
  json: { type: 'application/json; charset=utf-8', write: (pages) => toJson(linesOf(pages)) },
  ndjson: { type: 'application/x-ndjson; charset=utf-8', write: linesOf },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', write: ofRows(toXlsx) },
} satisfies Record<RowsFormat, { readonly type: string; readonly write: RowsWriter }>;

/** Reads one page after the other, each when it may. */
type Paced = Download['next'];

/** Streams the rows recorded by now, as fast as the client reads; stops when the client leaves. */
export function runRows<P>(deps: PageDeps, format: RowsFormat, find: FindResults<P>): RequestHandler<P> {
  const { store } = deps;
  return async (req, res) => {
    deps.limits.beginDownload(req as Request, res);
    const { run } = await find(deps, req, res);
    const { type, write } = FORMATS[format];
    setFile(res, type, downloadName(run, `.${format}`));
    if (req.method === 'HEAD') return void res.end();
    const pages = rowPages(store, run, pacedFor(deps, req, res));
    // Read before the first byte is sent: a store that cannot be reached still answers with an error page.
    const first = await pages.next();
    await stream(res, write(withFirst(first, pages)));
  };
}

/** The rows recorded by now, as the file that is downloaded. */
export async function* rowsFile(store: Store, run: Run, format: RowsFormat): AsyncGenerator<string | Uint8Array> {
  yield* FORMATS[format].write(rowPages(store, run, (read) => read()));
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
    setFile(res, FORMATS.csv.type, downloadName(run, `-${name}.csv`));
    if (req.method === 'HEAD') return void res.end();
    const describe = (step: Step) => jobs.get(run.job)?.describe(step.item, run.input) || JSON.stringify(step.item);
    const pages = pagesOf(store, run, { words: res.locals.tobiishi.words, describe, paced: pacedFor(deps, req, res) });
    const first = await pages.next();
    await stream(res, toCsv(first.done ? [] : first.value, pages));
  };
}

export function downloadOf<P>({ downloads }: PageDeps, req: Request<P>, res: Response): Download {
  const owner = ownerOf({
    visitorId: visitorOf(req as Request) ?? '',
    network: res.locals.tobiishi.instance.networkId(req.ip),
  });
  return downloads.open(res, owner);
}

function pacedFor<P>(deps: PageDeps, req: Request<P>, res: Response): Paced {
  const download = downloadOf(deps, req, res);
  return (read, bytesOf) => download.next(read, bytesOf);
}

/** How steps are told. */
interface StepsTold {
  readonly words: Words;
  readonly describe: (step: Step) => string;
  readonly paced: Paced;
}

function sizeOfSteps(steps: readonly Step[]): number {
  return steps.reduce((sum, { item, note, failure }) => sum + JSON.stringify([item, note, failure]).length, 0);
}

export function setFile(res: Response, type: string, name: string): void {
  res.attachment(name);
  res.setHeader('Content-Type', type);
}

/** Of the name that the run's owner gave, but for what file systems refuse, or of the job's; `rest` comes last. */
export function downloadName({ id, job, name }: Run, rest: string): string {
  return `${safeName(name ?? '') || job}-${id.slice(0, 8)}${rest}`;
}

export async function stream(res: Response, chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
  // A pipeline listens several times to how its end closes, beside those who count and bound downloads.
  res.setMaxListeners(MOST_LISTENERS);
  try {
    await pipeline(Readable.from(chunks), res);
  } catch (error) {
    // The client left: nobody is there to be told.
    if (!res.destroyed || !isPrematureClose(error)) throw error;
  }
}

async function* withFirst<T>(first: IteratorResult<T, void>, rest: AsyncIterable<T>): AsyncGenerator<T, void> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** Of a format whose first rows say which columns there are. */
function ofRows(write: (first: Row[], rest: AsyncIterable<Row[]>) => AsyncIterable<string | Uint8Array>): RowsWriter {
  return async function* (pages) {
    const first = await pages.next();
    yield* write(first.done ? [] : parseRows(first.value), parsed(pages));
  };
}

async function* parsed(pages: AsyncIterable<RowLines>): AsyncGenerator<Row[], void> {
  for await (const page of pages) yield parseRows(page);
}

async function* linesOf(pages: AsyncIterable<RowLines>): AsyncGenerator<Buffer, void> {
  for await (const { lines } of pages) yield lines;
}

/** Ends at the rows recorded when the download began: a running run would otherwise be chased for ever. */
async function* rowPages(store: Store, { id, rowCount }: Run, paced: Paced): AsyncGenerator<RowLines, void> {
  let after = 0;
  let limit = FIRST_PAGE_ROWS;
  while (after < rowCount) {
    const most = Math.min(limit, rowCount - after);
    const page = await paced(
      () => store.readRows(id, after, most, PAGE_BYTES),
      (read) => read?.lines.length ?? 0,
    );
    if (page === null) return;
    // Where rows are like these, the next page is half as large as it may be: the store need not look where to end.
    const rows = page.last - after;
    limit = Math.min(PAGE_ROWS, 2 * rows, Math.ceil((PAGE_BYTES * rows) / (2 * page.lines.length)));
    after = page.last;
    yield page;
  }
}

/** Ends at the steps planned when the download began. */
async function* stepPages(
  store: Store,
  { id, job, total }: Run,
  { words, describe, paced }: StepsTold,
): AsyncGenerator<Row[], void> {
  let after = 0;
  while (after < total) {
    const page = await paced(() => store.listSteps(id, after, PAGE_ROWS), sizeOfSteps);
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
  { words, describe, paced }: StepsTold,
): AsyncGenerator<Row[], void> {
  const pages = eachFailure(store, id);
  for (;;) {
    const { done, value: page = [] } = await paced(
      () => pages.next(),
      ({ value }) => sizeOfSteps(value ?? []),
    );
    if (done) return;
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
