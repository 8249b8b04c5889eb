import type { Words } from '../web/language.js';
import { SHOWN_ANSWERS } from '../web/session.js';

/** Pixels; across, everything is in percent, so that the drawing is as wide as the page without being stretched. */
const TOP = 20;
const PLOT = 90;
const LEAST_BAR = 2;
const SLOT_PERCENT = 100 / SHOWN_ANSWERS;

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
  return {
    height: TOP + PLOT,
    bars: answers.map((ms, index) => {
      const height = Math.max(LEAST_BAR, Math.round(ms * scale));
      const x = `${(index * SLOT_PERCENT).toFixed(2)}%`;
      return { x, y: TOP + PLOT - height, height, over: ms >= hostMs };
    }),
    width: `${(SLOT_PERCENT * 0.7).toFixed(2)}%`,
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

/** To a tenth, shorter ones to a hundredth; none took no time. */
function roundedMs(ms: number): number {
  return ms < 1000 ? Math.max(10, Math.round(ms / 10) * 10) : Math.round(ms / 100) * 100;
}
