import type { Usage } from './program.js';

export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Wall-clock time and the CPU time of `by`, per unit of `count`. */
export async function costOf(
  count: number,
  by: { usage(): Promise<Pick<Usage, 'cpuMs'>> },
  work: () => Promise<unknown>,
): Promise<Cost> {
  const before = await by.usage();
  const from = performance.now();
  await work();
  const ms = (performance.now() - from) / count;
  return { ms, cpuMs: ((await by.usage()).cpuMs - before.cpuMs) / count };
}
