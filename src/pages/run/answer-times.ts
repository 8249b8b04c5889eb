import type { Words } from '../../http/words.js';
import { SHOWN_ANSWERS } from '../session.js';

/** In units of the drawing, whose top is the host's limit. */
const HEIGHT = 30;
const LEAST_BAR = 2;
const SLOT = 10;
const BAR = 7;

/** By its height, from where it begins to where the next one does. */
const BARS = Array.from({ length: HEIGHT + 1 }, (_, height) => `v-${height}h${BAR}v${height}zm${SLOT} 0`);

export interface AnswerLimits {
  /** After how long the host cuts a request. */
  readonly hostMs: number;
  /** Nobody has measured it, nor was a request cut: it is only what the operator, or nobody, has said. */
  readonly isAssumed: boolean;
  /** Within how long each request is answered; null when this run holds its answers. */
  readonly withinMs: number | null;
}

/** How far from the host's limit the recent answers stayed: one bar each, oldest first; null before the first. */
export function answerChart(words: Words, answers: readonly number[], limits: AnswerLimits) {
  if (answers.length === 0) return null;
  const { hostMs, isAssumed, withinMs } = limits;
  const longest = Math.max(...answers);
  const scale = HEIGHT / Math.max(hostMs, longest);
  const seconds = (ms: number) => words.seconds(roundedMs(ms));
  // As two paths: a page is written several times as fast as with an element for each bar.
  const bars = { within: '', over: '' };
  const skipped = { within: 0, over: 0 };
  for (const ms of answers) {
    const [path, other] = ms < hostMs ? (['within', 'over'] as const) : (['over', 'within'] as const);
    if (bars[path] === '') bars[path] = `M0 ${HEIGHT}`;
    if (skipped[path] > 0) bars[path] += `m${skipped[path] * SLOT} 0`;
    bars[path] += BARS[Math.max(LEAST_BAR, Math.round(ms * scale))];
    skipped[path] = 0;
    skipped[other] += 1;
  }
  const goal = withinMs === null ? '' : `${words.t('run.answersGoal', { duration: seconds(withinMs) })} `;
  return {
    width: SHOWN_ANSWERS * SLOT,
    height: HEIGHT,
    bars,
    longest: words.t('run.answersLongest', { duration: seconds(longest) }),
    text: goal + words.t(isAssumed ? 'run.answersAssumed' : 'run.answersHost', { duration: seconds(hostMs) }),
  };
}

/** To a tenth of a second, below one second to a hundredth, and never to nothing. */
function roundedMs(ms: number): number {
  return ms < 1000 ? Math.max(10, Math.round(ms / 10) * 10) : Math.round(ms / 100) * 100;
}
