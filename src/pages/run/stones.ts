import type { Run } from '../../core/run.js';

/** More steps than this share stones. */
const MOST_STONES = 100;
/** Of the drawing, in pixels of its own: pages scale it down. */
const WIDTH = 960;
const WIDEST_GAP = 84;
const STONE = 0.74;
/** Stones are seen from the side. */
const FLATNESS = 0.6;

/** A path of stepping stones that wanders a little, as the paths of an SVG whose lines are broad and have round ends. */
export function stones({ seq, total }: Pick<Run, 'seq' | 'total'>) {
  const count = Math.min(total, MOST_STONES);
  const gap = Math.min(WIDEST_GAP, WIDTH / Math.max(1, count));
  const size = Math.round(gap * STONE * 10) / 10;
  const sway = Math.max(9, gap * 0.16);
  const height = Math.ceil((sway * 2 + size) * FLATNESS);
  const y = (index: number) => Math.round(size / 2 + sway * (1 + Math.sin(index * (count > 24 ? 0.42 : 2.2))));
  const path = (from: number, to: number) => {
    let lines = '';
    for (let index = from; index < to; index += 1) lines += `M${Math.round((index + 0.5) * gap)} ${y(index)}h.1`;
    return lines;
  };
  const laid = seq >= total ? count : Math.floor((seq / total) * count);
  return {
    width: Math.round(count * gap),
    height,
    size,
    flatness: FLATNESS,
    laid: path(0, laid),
    next: path(laid, Math.min(count, laid + 1)),
    ahead: path(laid + 1, count),
  };
}
