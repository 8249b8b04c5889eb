import type { RequestHandler } from 'express';
import type { Run } from '../../core/run.js';
import type { Words } from '../../http/words.js';
import type { PageDeps } from '../deps.js';
import { ownText } from '../job/texts.js';
import type { FindResults } from './find.js';
import { bytesOnPage, clipBytes, fitting } from './page-bytes.js';
import { warningsOf } from './warnings.js';

const SHOWN_FIGURES = 30;
const FIGURES_BYTES = 1450;
const FIGURE_MARKUP_BYTES = 90;

/** Scrapy's name for why a run ended; null while it goes on. */
export function finishReason({ status, droppedCount }: Pick<Run, 'status' | 'droppedCount'>): string | null {
  if (status === 'done') return droppedCount > 0 ? 'closespider_pagecount' : 'finished';
  return status === 'cancelled' || status === 'failed' ? status : null;
}

/** Why the run ended, how many steps failed, what it takes in the store, the average `download_latency` in seconds, and what its steps counted, by name. */
export function figuresOf(run: Run): Readonly<Record<string, string | number>> {
  const reason = finishReason(run);
  const latencyMs = run.stats['download_latency_ms'];
  const answers = run.stats['downloader/response_count'] ?? 0;
  return {
    ...(reason !== null && { finish_reason: reason }),
    ...(run.failedCount > 0 && { 'tobiishi/failed_count': run.failedCount }),
    ...(run.rowCount > 0 && { 'tobiishi/bytes': run.bytes }),
    ...(latencyMs !== undefined && answers > 0 && { download_latency: Math.round(latencyMs / answers) / 1000 }),
    ...run.stats,
  };
}

/** As a table; `figures.NAME` in `locales/`, a slash as a hyphen, says what a name means. */
export function figureTable(words: Words, run: Run) {
  const figures = figuresOf(run);
  // Those that are not counted come first.
  const counted = Object.keys(run.stats).sort();
  const names = [...Object.keys(figures).filter((name) => !Object.hasOwn(run.stats, name)), ...counted];
  const rows = names.slice(0, SHOWN_FIGURES).map((name) => ({
    name: clipBytes(name, 60),
    label: clipBytes(labelOf(words, run.job, name), 160),
    value: shownValue(words, figures[name] ?? 0),
  }));
  const { shown, bytes } = fitting(rows, FIGURES_BYTES, ({ name, label, value }) =>
    [name, label, value].reduce((sum, text) => sum + bytesOnPage(text), FIGURE_MARKUP_BYTES),
  );
  return { hidden: names.length - shown.length, rows: shown, bytes };
}

function shownValue(words: Words, value: string | number): string {
  return typeof value === 'number' ? words.number(value) : words.t(`finishes.${value}`);
}

/** What follows the last slash may be a kind, as in `downloader/response_status_count/200`. */
function labelOf(words: Words, job: string, name: string): string {
  const [, base = name, kind] = /^(.+)\/(.+)$/.exec(name) ?? [];
  const params = /^[\d.]+$/.test(kind ?? '') ? { kind, seconds: Number(kind) } : { kind };
  const label = (key: string) => ownText(words, job, `figures.${key.replaceAll('/', '-')}`, '', params);
  return label(name) || label(base);
}

/** All figures, by their raw names, and what the job has to say of the run as codes with their values. */
export function runFigures<P>(deps: PageDeps, find: FindResults<P>): RequestHandler<P> {
  const { jobs } = deps;
  return async (req, res) => {
    const { run } = await find(deps, req, res);
    const warnings = warningsOf(jobs.get(run.job), run).map(({ code, message, params }) => ({ code, message, params }));
    res.json({ ...figuresOf(run), ...(warnings.length > 0 && { 'tobiishi/warnings': warnings }) });
  };
}
