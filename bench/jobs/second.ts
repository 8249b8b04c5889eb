import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';

/** Steps of one second each. */
export default defineJob({
  name: 'second',
  input: z.object({ count: z.coerce.number().int().min(1) }),
  plan: ({ count }) => Array.from({ length: count }, (_, i) => i + 1),
  async step(_item: number, { clock, signal }) {
    await clock.sleep(1000, signal);
    return {};
  },
});
