import type { RequestHandler } from 'express';
import type { RecordedRow } from '../../core/store.js';
import { wholeNumber } from '../../http/query.js';
import type { PageDeps } from '../deps.js';
import type { ResultPaths } from '../paths.js';
import { sendPage } from '../send.js';
import { aboutRun, type RunAbout } from './about.js';
import type { FindResults } from './find.js';
import { readInTurn } from './large-rows.js';
import { bytesOnPage, clipBytes, fitting } from './page-bytes.js';
import { cellText } from './table.js';

const MOST_ROWS = 20;
/** So that a page stays below 15 KB. */
const ROWS_BYTES = 10_500;
/** More rows than that have no room. */
const READ_BYTES = 2 * ROWS_BYTES;
const ROW_MARKUP_BYTES = 70;
const CELL_MARKUP_BYTES = '<div><dt></dt><dd></dd></div>'.length + 2;
const LEAST_CELL_BYTES = 100;
/** A row number with more digits would not be exact. */
const MOST_DIGITS = 15;

interface RowsView {
  readonly about: RunAbout;
  readonly results: ResultPaths;
  readonly rows: readonly ReturnType<typeof shownRow>[];
  readonly total: number;
  /** Numbers of rows, from 1. */
  readonly first: number;
  readonly last: number;
  /** Null where there are no more. */
  readonly earlier: number | null;
  readonly later: number | null;
}

/**
 * Rows as they were recorded, where the run's own page has only the beginnings of long cells: the newest, those after
 * row `?after=N`, or those before row `?before=N`; as many as have room.
 */
export function rowsShow<P>(deps: PageDeps, find: FindResults<P>): RequestHandler<P> {
  const { store, jobs } = deps;
  return async (req, res) => {
    const { run, results } = await find(deps, req, res);
    const { words } = res.locals.tobiishi;
    const after = wholeNumber(req.query['after'], MOST_DIGITS);
    const end = Math.min(wholeNumber(req.query['before'], MOST_DIGITS) ?? Infinity, run.rowCount + 1);
    const found = await readInTurn(deps, run, () =>
      after === null
        ? store.listRowsBefore(run.id, end, MOST_ROWS, READ_BYTES)
        : store.listRows(run.id, after, MOST_ROWS, READ_BYTES),
    );
    const rows = withRoom(found, after !== null);
    const [first, last] = [rows[0]?.number ?? run.rowCount + 1, rows.at(-1)?.number ?? run.rowCount];
    const about = aboutRun(words, jobs.get(run.job), run);
    await sendPage<RowsView>(res, 'rows', {
      title: words.t('rows.title', { job: about.title }),
      here: after === null ? results.rowsBefore(last + 1) : results.rowsAfter(after),
      data: {
        about,
        results,
        rows,
        total: run.rowCount,
        first,
        last,
        earlier: first > 1 ? first : null,
        later: last < run.rowCount ? last : null,
      },
    });
  };
}

/** As many as fit on a page, nearest to the row that the address names. */
function withRoom(found: readonly RecordedRow[], forward: boolean) {
  const rows = found.map(shownRow);
  const { shown } = fitting(forward ? rows : rows.reverse(), ROWS_BYTES, ({ bytes }) => bytes);
  return forward ? shown : shown.reverse();
}

/** Whole, or cut when it alone is too much for a page; the downloads have it whole. */
function shownRow({ number, row }: RecordedRow) {
  const bytesOf = ({ column, text }: { column: string; text: string }) =>
    CELL_MARKUP_BYTES + bytesOnPage(column) + bytesOnPage(text);
  const sum = (all: readonly { column: string; text: string }[]) =>
    all.reduce((bytes, cell) => bytes + bytesOf(cell), ROW_MARKUP_BYTES);
  const whole = Object.entries(row).map(([column, value]) => ({
    column: clipBytes(column, LEAST_CELL_BYTES),
    text: cellText(value),
  }));
  // What cannot be whole need not be counted.
  const isLong = whole.reduce((length, { text }) => length + text.length, 0) > ROWS_BYTES;
  const bytes = isLong ? Infinity : sum(whole);
  if (bytes <= ROWS_BYTES) return { number, cells: whole, isCut: false, bytes };
  const share = Math.floor(ROWS_BYTES / whole.length) - CELL_MARKUP_BYTES - LEAST_CELL_BYTES;
  const cut = whole.map(({ column, text }) => ({ column, text: clipBytes(text, Math.max(LEAST_CELL_BYTES, share)) }));
  const cells = fitting(cut, ROWS_BYTES - ROW_MARKUP_BYTES, bytesOf).shown;
  return { number, cells, isCut: true, bytes: sum(cells) };
}
