import { z } from 'zod';
import { defineJob } from './index.js';

const STEPS = 5;

/** The original experiment: five waits, each as long as the visitor says. */
export const waitJob = defineJob({
  name: 'wait',
  title: 'Wait (a demonstration)',
  description:
    'Counts to five, resting before each number: a first try, and a way to see how long an answer may take here.',
  input: z.object({
    seconds: z.coerce
      .number()
      .int()
      .min(1)
      .max(3600)
      .meta({
        placeholder: '1',
        title: 'Seconds',
        description: 'How long each of the five steps waits.',
        examples: [1],
      }),
    hold: z.boolean().default(false).meta({
      title: 'Do not answer before a step is finished',
      description: "An experiment: with a long wait, the host's own time limit strikes.",
    }),
  }),
  // Above the longest wait.
  stepTimeoutMs: 2 * 60 * 60_000,
  plan: ({ seconds }) => Array.from({ length: STEPS }, () => ({ seconds })),
  holdAnswer: ({ hold }) => hold,
  leastStepMs: ({ seconds }) => seconds * 1000,
  describe: ({ seconds }) => `${seconds} s`,
  async step({ seconds }, { signal, clock }) {
    await clock.sleep(seconds * 1000, signal);
    return {};
  },
});
