import { z } from 'zod';
import { defineJob } from '../../src/index.js';

/** Rows of any size, as fast as they can be kept. */
export default defineJob({
  name: 'rows',
  input: z.object({
    steps: z.coerce.number().int(),
    rows: z.coerce.number().int().describe('of each step'),
    characters: z.coerce.number().int().describe('of each row'),
  }),
  plan: ({ steps, rows, characters }) =>
    Array.from({ length: steps }, (_, i) => ({ first: i * rows, rows, characters })),
  async step({ first, rows, characters }) {
    const text = 'x'.repeat(characters);
    return { rows: Array.from({ length: rows }, (_, i) => ({ number: first + i, text })) };
  },
});
