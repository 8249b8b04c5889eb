import type { Json, Outcome, Row } from '../core/step.js';

/** What the rows of one step, and those of a run, may take: about bytes of JSON. */
const MOST_OF_STEP = 5_000_000;
const MOST_OF_RUN = 100_000_000;

/** Figures of a run: what its rows take, and how many were left out because they would have taken more. */
export const ROWS_SIZE = 'tobiishi/rows_size';
export const LEFT_OUT_ROWS = 'tobiishi/left_out_rows';

/** The outcome with as many of its rows as fit; `stats` is told what they take, and how many were left out. */
export function limitedOutcome(outcome: Outcome, before: number, stats: Record<string, number>): Outcome {
  const { rows = [] } = outcome;
  if (rows.length === 0) return outcome;
  const most = Math.min(MOST_OF_STEP, MOST_OF_RUN - before);
  let size = 0;
  let kept = 0;
  for (const row of rows) {
    const next = size + sizeOf(row);
    if (next > most) break;
    size = next;
    kept += 1;
  }
  stats[ROWS_SIZE] = size;
  if (kept === rows.length) return outcome;
  stats[LEFT_OUT_ROWS] = (stats[LEFT_OUT_ROWS] ?? 0) + rows.length - kept;
  return { ...outcome, rows: rows.slice(0, kept) };
}

/** For quotation marks and the like. */
const AROUND = 6;

function sizeOf(row: Row): number {
  let size = 0;
  for (const name in row) size += name.length + sizeOfCell(row[name] ?? null) + AROUND;
  return size;
}

function sizeOfCell(cell: Json): number {
  if (typeof cell === 'string') return cell.length;
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell).length : 8;
}
