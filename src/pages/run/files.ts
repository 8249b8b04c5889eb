import type { Request, RequestHandler, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { FileKey, FileStore, RunFile } from '../../core/files.js';
import type { Run } from '../../core/run.js';
import { sendJson, wantsJson } from '../../http/json.js';
import { clientZip } from '../../http/packages.js';
import { wholeNumber } from '../../http/query.js';
import type { PageDeps } from '../deps.js';
import type { ResultPaths } from '../paths.js';
import { sendPage } from '../send.js';
import { aboutRun, type RunAbout } from './about.js';
import { downloadName, downloadOf, setFile, stream } from './downloads.js';
import type { FindResults } from './find.js';

const SHOWN_FILES = 100;
const READ_FILES = 200;
const MOST_DIGITS = 15;

interface FilesView {
  readonly about: RunAbout;
  readonly results: ResultPaths;
  readonly files: readonly ListedFile[];
  readonly total: number;
  /** The address of those that come after; null when none do. */
  readonly later: string | null;
}

interface ListedFile extends Pick<RunFile, 'name' | 'type' | 'size'> {
  readonly address: string;
}

/** The files for programs. */
export interface FilesJson {
  readonly files: readonly ListedFile[];
  /** The address of those that come after; null when none do. */
  readonly next: string | null;
}

/** The files of the steps recorded by now, page by page. */
export function runFiles<P>(deps: PageDeps, files: FileStore, find: FindResults<P>): RequestHandler<P> {
  return async (req, res) => {
    const { run, results } = await find(deps, req, res);
    const { words } = res.locals.tobiishi;
    const [position, number] = String(req.query['after'] ?? '').split('-');
    const found = await files.list(run.id, { position: placeIn(position), number: placeIn(number) }, SHOWN_FILES + 1);
    const shown = found.slice(0, SHOWN_FILES);
    const last = shown.at(-1);
    const later = last && found.length > SHOWN_FILES ? results.filesAfter(last.position, last.number) : null;
    const listed = shown.map(({ name, type, size, ...file }) => {
      return { name, type, size, address: results.file(file.position, file.number) };
    });
    if (wantsJson(req as Request)) return sendJson(res, { files: listed, next: later } satisfies FilesJson);
    const about = aboutRun(words, deps.jobs.get(run.job), run);
    await sendPage<FilesView>(res, 'files', {
      title: words.t('files.title', { job: about.title }),
      here: results.files,
      data: { about, results, files: listed, total: run.fileCount, later },
    });
  };
}

/** One file, as it was returned. */
export function runFile<P>(deps: PageDeps, files: FileStore, find: FindResults<P>): RequestHandler<P> {
  return async (req, res) => {
    deps.limits.beginDownload(req as Request, res);
    const { run } = await find(deps, req, res);
    const { position, number } = req.params as { readonly position?: string; readonly number?: string };
    const file = await files.find(run.id, placeIn(position), placeIn(number));
    if (file === null) throw new TobiishiError('not-found', `run ${run.id} has no such file`);
    setFile(res, file.type, file.name.split('/').at(-1) ?? file.name);
    res.setHeader('Content-Length', file.size);
    await sendStream(req as Request, res, downloadOf(deps, req, res).inTurns(files.read(file)));
  };
}

/** All of them, in one ZIP that is made while it is sent. */
export function runFilesZip<P>(deps: PageDeps, files: FileStore, find: FindResults<P>): RequestHandler<P> {
  return async (req, res) => {
    deps.limits.beginDownload(req as Request, res);
    const { run } = await find(deps, req, res);
    const { makeZip } = await clientZip();
    setFile(res, 'application/zip', downloadName(run, '.zip'));
    const download = downloadOf(deps, req, res);
    const entries = zipEntries(files, run, (file) => download.inTurns(files.read(file)));
    await sendStream(req as Request, res, makeZip(entries) as unknown as AsyncIterable<Uint8Array>);
  };
}

/** 0, which is before the first, for what is no number. */
function placeIn(text: string | undefined): number {
  return wholeNumber(text, MOST_DIGITS) ?? 0;
}

async function sendStream(req: Request, res: Response, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  if (req.method === 'HEAD') return void res.end();
  await stream(res, bytes);
}

/** Two files of one name, as Windows and macOS compare them, are told apart by their numbers. */
async function* zipEntries(files: FileStore, run: Run, read: FileStore['read']) {
  const names = new Map<string, number>();
  const lastModified = new Date(run.endedAt ?? run.updatedAt);
  for await (const file of allFiles(files, run.id)) {
    yield { name: unusedName(file.name, names), size: file.size, lastModified, input: read(file) };
  }
}

/** `names`: how often each was asked for. */
function unusedName(wanted: string, names: Map<string, number>): string {
  const key = comparable(wanted);
  for (let count = (names.get(key) ?? 0) + 1; ; count += 1) {
    const name = count === 1 ? wanted : wanted.replace(/(\.[^./]*)?$/, ` (${count})$1`);
    names.set(key, count);
    if (count === 1) return name;
    if (names.has(comparable(name))) continue;
    names.set(comparable(name), 1);
    return name;
  }
}

function comparable(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

async function* allFiles(files: FileStore, runId: string): AsyncGenerator<RunFile> {
  let after: FileKey | null = null;
  for (;;) {
    const page: RunFile[] = await files.list(runId, after, READ_FILES);
    yield* page;
    after = page.at(-1) ?? null;
    if (page.length < READ_FILES) return;
  }
}
