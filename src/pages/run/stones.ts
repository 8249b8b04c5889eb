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
  const { width, height, size, flatness, path, ends } = drawingOf(Math.min(total, MOST_STONES));
  const count = ends.length - 1;
  const laid = seq >= total ? count : Math.floor((seq / total) * count);
  const [laidEnd, nextEnd] = [ends[laid], ends[Math.min(laid + 1, count)]];
  return {
    width,
    height,
    size,
    flatness,
    laid: path.slice(0, laidEnd),
    next: path.slice(laidEnd, nextEnd),
    ahead: path.slice(nextEnd),
  };
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
  // Where the parts of the path end: pages take their share of it without making a text anew.
  const ends = [0];
  for (const line of lines) ends.push((ends.at(-1) ?? 0) + line.length);
  const height = Math.ceil(rowHeight * Math.max(1, rows) * FLATNESS);
  return { width: Math.round(inRow * gap), height, size, flatness: FLATNESS, path: lines.join(''), ends };
}
