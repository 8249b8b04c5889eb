import type { Json, Outcome, Row } from '../core/step.js';

/** What one row may take, in bytes of JSON or so: it is written, read and sent at once, and everybody waits meanwhile. */
const MOST_OF_ROW = 2_000_000;
/** Likewise, all rows of one step. */
const MOST_OF_STEP = 5_000_000;

/** A figure of a run: how many rows were left out because they would have taken more. */
export const LEFT_OUT_ROWS = 'tobiishi/left_out_rows';

/** The outcome with as many of its rows as fit; `stats` is told how many were left out. */
export function limitedOutcome(outcome: Outcome, stats: Record<string, number>): Outcome {
  const { rows = [] } = outcome;
  let bytes = 0;
  const kept = rows.filter((row) => {
    const more = bytesOfRow(row);
    if (more > MOST_OF_ROW) return false;
    bytes += more;
    return bytes <= MOST_OF_STEP;
  });
  if (kept.length === rows.length) return outcome;
  stats[LEFT_OUT_ROWS] = (stats[LEFT_OUT_ROWS] ?? 0) + rows.length - kept.length;
  return { ...outcome, rows: kept };
}

/** For quotation marks and the like. */
const AROUND = 6;
/** In JSON they take up to six bytes each. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPED = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** About what its JSON takes. */
function bytesOfRow(row: Row): number {
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
