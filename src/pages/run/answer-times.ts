import type { Words } from '../../http/words.js';
import { SHOWN_ANSWERS } from '../session.js';

/** Heights are in pixels. Widths are in units of the bars' own drawing, which is stretched to the page. */
const TOP = 20;
const PLOT = 90;
const LEAST_BAR = 2;
const SLOT = 10;
const BAR = 7;

export interface AnswerLimits {
  /** After how long the host cuts a request. */
  readonly hostMs: number;
  /** Within how long each request is answered; null when this run holds its answers. */
  readonly withinMs: number | null;
}

/** How far from the host's limit the recent answers stayed: one bar each, oldest first; null before the first. */
export function answerChart(words: Words, answers: readonly number[], { hostMs, withinMs }: AnswerLimits) {
  const last = answers.at(-1);
  if (last === undefined) return null;
  const longest = Math.max(...answers);
  const scale = PLOT / Math.max(hostMs, longest);
  const seconds = (ms: number) => words.seconds(roundedMs(ms));
  const y = (ms: number) => Math.round(TOP + PLOT - ms * scale);
  // As two paths: a page is written several times as fast as with an element for each bar.
  const bars = { within: '', over: '' };
  answers.forEach((ms, index) => {
    const height = Math.max(LEAST_BAR, Math.round(ms * scale));
    bars[ms < hostMs ? 'within' : 'over'] += `M${index * SLOT} ${PLOT}v-${height}h${BAR}v${height}z`;
  });
  return {
    top: TOP,
    plot: PLOT,
    width: SHOWN_ANSWERS * SLOT,
    bars,
    hostY: y(hostMs),
    host: seconds(hostMs),
    withinY: withinMs === null ? null : y(withinMs),
    within: withinMs === null ? null : seconds(withinMs),
    text: words.t('run.answersText', {
      count: answers.length,
      last: seconds(last),
      longest: seconds(longest),
      host: seconds(hostMs),
    }),
  };
}

/** To a tenth of a second, below one second to a hundredth, and never to nothing. */
function roundedMs(ms: number): number {
  return ms < 1000 ? Math.max(10, Math.round(ms / 10) * 10) : Math.round(ms / 100) * 100;
}
