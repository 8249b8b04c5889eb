import type { Ratio } from './measure.js';

export interface Bench {
  readonly name: string;
  /** One sentence: what is measured. */
  readonly measures: string;
  /** What would have to be so for the figures to say the wrong thing. */
  readonly wrong: readonly string[];
  run(options: Options): Promise<Result>;
}

export interface Options {
  /** Everything in under 20 seconds; the figures are then a sign of life, no more. */
  readonly quick: boolean;
}

export interface Result {
  readonly figures: readonly Figure[];
  /** Versions, sizes, settings: what is needed to read the figures. */
  readonly notes?: readonly string[];
  /** What could not be measured, with the command that makes it possible. */
  readonly skipped?: readonly string[];
}

export interface Figure {
  readonly what: string;
  readonly against: string;
  /** Ours to theirs; a figure without a counterpart has all three the same. */
  readonly ratio: Ratio;
  /** Of `ratio.median`; absent: nothing was promised, but losing is said. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  readonly better: 'lower' | 'higher';
  /** `×` for ratios; `KB`, `ms`, … for the few figures that have a limit of their own. */
  readonly unit?: string;
  /** Both sides in absolute numbers, for orientation. */
  readonly sides: string;
}

/** `meets` or `misses` where there is a goal; otherwise who is ahead. */
export function verdictOf({ ratio: { median }, goal, better, unit = '×' }: Figure): string {
  if (goal !== undefined)
    return ('atMost' in goal ? median <= goal.atMost : median >= goal.atLeast) ? 'meets' : 'misses';
  if (unit !== '×') return '';
  return (better === 'lower' ? median <= 1 : median >= 1) ? 'ahead' : 'loses';
}
