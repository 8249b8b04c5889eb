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
  const gap = Math.min(WIDEST_GAP, WIDTH / Math.max(1, count));
  const size = Math.round(gap * STONE * 10) / 10;
  const sway = Math.max(9, gap * 0.16);
  const height = Math.ceil((sway * 2 + size) * FLATNESS);
  const y = (index: number) => Math.round(size / 2 + sway * (1 + Math.sin(index * (count > 24 ? 0.42 : 2.2))));
  const lines = Array.from({ length: count }, (_, i) => `M${Math.round((i + 0.5) * gap)} ${y(i)}h.1`);
  return { width: Math.round(count * gap), height, size, flatness: FLATNESS, lines };
}
