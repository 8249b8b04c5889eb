import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ROWS_FORMATS, type RowsFormat } from '../pages/paths.js';
import { said, UsageError } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Where rows are written, and as what. `-` is the standard output. */
export interface RowsTarget {
  readonly path: string;
  readonly format: RowsFormat;
}

/** Reads `--out` and `--format`; throws a `UsageError`, also for a file that cannot be written. */
export async function rowsTarget(out: string, format: string | undefined): Promise<RowsTarget> {
  const named = format ?? (out === '-' ? 'ndjson' : extname(out).slice(1));
  const found = ROWS_FORMATS.find((each) => each === named);
  if (found === undefined) {
    throw new UsageError('no-format', { format: named || out, formats: ROWS_FORMATS.join(', ') });
  }
  // Now, rather than after a run of some hours. What is in the file stays until then.
  if (out !== '-') {
    const file = await open(out, 'a').catch((cause) => {
      throw said(`--out: ${cause.message}`, { cause });
    });
    await file.close();
  }
  return { path: out, format: found };
}

export async function writeRows(
  rows: AsyncIterable<string | Uint8Array>,
  { path }: RowsTarget,
  { out }: Terminal,
): Promise<void> {
  const source = Readable.from(rows);
  if (path === '-') await pipeline(source, out, { end: false });
  else await pipeline(source, createWriteStream(path));
}
