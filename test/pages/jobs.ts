import { z } from 'zod';
import { StepError } from '../../src/core/errors.js';
import { defineJob, type Job } from '../../src/core/job.js';

/** `count` steps that do nothing but make a row. */
export const rows: Job = defineJob({
  name: 'rows',
  title: 'Rows',
  input: z.object({
    count: z.coerce.number().int().min(1).max(5000).default(3),
    cell: z.string().trim().min(1).default('x').meta({ title: 'Cell', widget: 'textarea' }),
  }),
  plan: ({ count }) => Array.from({ length: count }, (_, index) => index + 1),
  describe: (item) => `making row ${item}`,
  // One a slice, so that tests see each number: other steps of the run wait for their turn.
  step: async (item, { input }) => ({
    rows: [{ number: item, cell: input.cell, exact: { deep: [item, null, true] } }],
  }),
});

/** Three steps, each of which takes longer than a slice may: one step a page. */
export const slow: Job = defineJob({
  name: 'slow',
  input: z.object({ ms: z.coerce.number().int().default(20) }),
  plan: ({ ms }) => [ms, ms, ms],
  describe: (ms) => `sleeping ${ms} ms`,
  async step(ms: number, { clock, signal }) {
    await clock.sleep(ms, signal);
    return {};
  },
});

/** Likewise, but it is at work all the time, instead of asleep. */
export const working: Job = defineJob({
  name: 'working',
  plan: ({ ms }) => [ms, ms, ms],
  input: z.object({ ms: z.coerce.number().int().default(20) }),
  async step(ms: number, { clock }) {
    await new Promise<void>((resolve) => void clock.after(ms, resolve));
    return {};
  },
});

export const failing: Job = defineJob({
  name: 'failing',
  input: z.object({}),
  plan: () => [1, 2, 3],
  async step(item: number) {
    if (item === 2) throw new StepError('no-table', 'The page has no table.', { retry: false });
    return { rows: [{ number: item }] };
  },
});

/** The second step may not start for a minute. */
export const polite: Job = defineJob({
  name: 'polite',
  input: z.object({}),
  plan: () => [1, 2],
  async step(_item: number, { turn }) {
    await turn('example.org', 60_000);
    return {};
  },
});

export const empty: Job = defineJob({ name: 'empty', input: z.object({}), plan: () => [], step: async () => ({}) });
