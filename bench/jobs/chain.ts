import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';

/** Steps that do nothing, each adding the next; one row a step of `bytes` characters, or none. */
export default defineJob({
  name: 'chain',
  input: z.object({
    count: z.coerce.number().int().min(1),
    bytes: z.coerce.number().int().min(0).default(0),
  }),
  plan: () => [1],
  step: async (item: number, { input }) => ({
    ...(input.bytes > 0 ? { rows: [{ number: item, text: 'x'.repeat(input.bytes) }] } : {}),
    items: item < input.count ? [item + 1] : [],
  }),
});
