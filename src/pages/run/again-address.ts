import type { Asked } from '../route.js';

/** The page to ask for again: for the same step, when one was asked for. */
export function againAddress({ params, query, paths }: Asked<{ id: string }>): string {
  const { seq } = query;
  return typeof seq === 'string' && /^\d+$/.test(seq) ? paths.runSeq(params.id, seq) : paths.run(params.id);
}
