import type { Run } from '../../core/run.js';

/** More steps than this share stones. */
const MOST_STONES = 100;
/** More stand in two rows, so that they are still stones on a telephone. */
const MOST_IN_ROW = 50;
/** Of the drawing, in pixels of its own: pages scale it down. */
const WIDTH = 960;
const WIDEST_GAP = 84;
const STONE = 0.74;
/** Stones are seen from the side. */
const FLATNESS = 0.6;

/** A path of stepping stones that wanders a little, as the paths of an SVG whose lines are broad and have round ends. */
export function stones({ seq, total }: Pick<Run, 'seq' | 'total'>) {
  const { lines, ...drawing } = drawingOf(Math.min(total, MOST_STONES));
  const laid = seq >= total ? lines.length : Math.floor((seq / total) * lines.length);
  const path = (from: number, to?: number) => lines.slice(from, to).join('');
  return { ...drawing, laid: path(0, laid), next: path(laid, laid + 1), ahead: path(laid + 1) };
}

/** By the count of stones, which is all that they depend on. */
const drawings: ReturnType<typeof draw>[] = [];

function drawingOf(count: number) {
  drawings[count] ??= draw(count);
  return drawings[count];
}

function draw(count: number) {
  const rows = Math.ceil(count / MOST_IN_ROW);
  const inRow = Math.ceil(count / Math.max(1, rows));
  const gap = Math.min(WIDEST_GAP, WIDTH / Math.max(1, inRow));
  const size = Math.round(gap * STONE * 10) / 10;
  const sway = Math.max(9, gap * 0.16);
  const rowHeight = sway * 2 + size;
  const y = (i: number, row: number) =>
    Math.round(rowHeight * row + size / 2 + sway * (1 + Math.sin(i * (count > 24 ? 0.42 : 2.2))));
  const lines = Array.from({ length: count }, (_, index) => {
    const [row, i] = [Math.floor(index / inRow), index % inRow];
    return `M${Math.round((i + 0.5) * gap)} ${y(i, row)}h.1`;
  });
  const height = Math.ceil(rowHeight * Math.max(1, rows) * FLATNESS);
  return { width: Math.round(inRow * gap), height, size, flatness: FLATNESS, lines };
}
