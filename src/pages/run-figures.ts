import type { RequestHandler } from 'express';
import type { Stats } from '../core/run.js';
import type { Words } from '../web/language.js';
import type { PageDeps } from './deps.js';
import { type FindRun, findRun } from './run-find.js';
import { clip } from './run-table.js';

const SHOWN_FIGURES = 30;

/** What the run's steps counted, by name; `figures.NAME` in `locales/`, a slash as a hyphen, says what a name means. */
export function figureTable(words: Words, stats: Stats) {
  const names = Object.keys(stats).sort();
  return {
    hidden: Math.max(0, names.length - SHOWN_FIGURES),
    rows: names.slice(0, SHOWN_FIGURES).map((name) => ({
      name: clip(name, 60),
      label: labelOf(words, name),
      value: words.number(stats[name] ?? 0),
    })),
  };
}

/** A number at the end is a kind, as in `downloader/response_status_count/200`. */
function labelOf(words: Words, name: string): string {
  const [, base = name, kind] = /^(.+?)(?:\/(\d+))?$/.exec(name) ?? [];
  return words.or(`figures.${base.replaceAll('/', '-')}`, '', { kind });
}

/** All figures, by their raw names. */
export function runFigures({ engine }: PageDeps, find: FindRun = findRun): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const { stats } = await find(engine, req, res);
    res.json(stats);
  };
}
