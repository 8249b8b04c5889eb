import type { Json, Outcome, Row } from '../core/step.js';

/** What the rows of one step may take, in bytes of JSON or so. */
const MOST_OF_STEP = 5_000_000;

/** A figure of a run: how many rows were left out because they would have taken more. */
export const LEFT_OUT_ROWS = 'tobiishi/left_out_rows';

/** The outcome with as many of its rows as fit; `stats` is told how many were left out. */
export function limitedOutcome(outcome: Outcome, stats: Record<string, number>): Outcome {
  const { rows = [] } = outcome;
  let bytes = 0;
  const kept = rows.findIndex((row) => {
    bytes += bytesOfRow(row);
    return bytes > MOST_OF_STEP;
  });
  if (kept === -1) return outcome;
  stats[LEFT_OUT_ROWS] = (stats[LEFT_OUT_ROWS] ?? 0) + rows.length - kept;
  return { ...outcome, rows: rows.slice(0, kept) };
}

/** For quotation marks and the like. */
const AROUND = 6;
/** In JSON they take up to six bytes each. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPED = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** About what its JSON takes. */
export function bytesOfRow(row: Row): number {
  let bytes = 0;
  for (const name in row) bytes += bytesOfText(name) + bytesOfCell(row[name] ?? null) + AROUND;
  return bytes;
}

function bytesOfCell(cell: Json): number {
  if (typeof cell === 'string') return bytesOfText(cell);
  return typeof cell === 'object' && cell !== null ? Buffer.byteLength(JSON.stringify(cell)) : 8;
}

function bytesOfText(text: string): number {
  return Buffer.byteLength(ESCAPED.test(text) ? JSON.stringify(text) : text);
}
