/** A figure of two sides that were measured in turns: the median of the rounds' ratios, and how far they spread. */
export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Measures the sides A B A B …, so that whatever else the machine does hits all of them. */
export async function alternate<K extends string, T>(
  rounds: number,
  sides: Readonly<Record<K, () => Promise<T>>>,
): Promise<Record<K, T[]>> {
  const names = Object.keys(sides) as K[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, T[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) measured[name].push(await sides[name]());
  }
  return measured;
}

/** Of each round's `a` to its `b`. */
export function ratioOf(a: readonly number[], b: readonly number[]): Ratio {
  return spreadOf(a.map((value, i) => value / (b[i] ?? Number.NaN)));
}

export function spreadOf(values: readonly number[]): Ratio {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below === undefined || above === undefined ? Number.NaN : below + (above - below) * (at % 1);
}
