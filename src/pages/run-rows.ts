import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import type { Run } from '../core/run.js';
import type { Row } from '../core/step.js';
import type { Store } from '../core/store.js';
import { toCsv, toJson, toNdjson } from '../web/rows.js';
import type { PageDeps } from './deps.js';
import { findRun } from './run-find.js';

const PAGE_ROWS = 1000;

const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8; header=present', write: toCsv },
  json: { type: 'application/json; charset=utf-8', write: toJson },
  ndjson: { type: 'application/x-ndjson; charset=utf-8', write: toNdjson },
} as const;

/** Streams the rows recorded by now, as fast as the client reads; stops when the client leaves. */
export function runRows({ engine, store }: PageDeps, format: keyof typeof FORMATS): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const run = await findRun(engine, req, res);
    const { type, write } = FORMATS[format];
    res.setHeader('Content-Type', type);
    res.setHeader('Content-Disposition', `attachment; filename="${run.job}-${run.id.slice(0, 8)}.${format}"`);
    if (req.method === 'HEAD') return void res.end();
    const pages = rowPages(store, run);
    // Read before the first byte is sent: a store that is away still answers with an error page.
    const first = await pages.next();
    try {
      await pipeline(Readable.from(write(first.done ? [] : first.value, pages)), res);
    } catch (error) {
      // The client left: nobody is there to be told.
      if (!res.destroyed || !isPrematureClose(error)) throw error;
    }
  };
}

/** Ends at the rows recorded when the download began: a running run would otherwise be chased for ever. */
async function* rowPages(store: Store, { id, rowCount }: Run): AsyncGenerator<Row[], void> {
  let after = 0;
  while (after < rowCount) {
    const page = await store.listRows(id, after, Math.min(PAGE_ROWS, rowCount - after));
    const last = page.at(-1);
    if (!last) return;
    after = last.number;
    yield page.map(({ row }) => row);
  }
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
