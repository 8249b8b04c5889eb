import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { note, readLedger, runOf } from '../ledger.js';
import { firstStones, nextStone, type Settings, type Stone } from '../stones.js';

/**
 * Steps that keep a ledger of their executions elsewhere, that throw at times, end their process at times, and lead to
 * further steps, all as the run's seed says.
 */
export default defineJob({
  name: 'stones',
  title: 'Stones',
  description: 'Steps that fail on purpose, for the chaos harness.',
  input: z.object({
    seed: z.string().min(1),
    ledger: z.string().min(1),
    count: z.coerce.number().int().min(1).max(1000).default(20),
    lanes: z.coerce.number().int().min(1).max(3).default(1),
    ms: z.coerce.number().int().min(0).max(10_000).default(100),
    throwing: z.coerce.number().min(0).max(1000).default(0),
    exiting: z.coerce.number().min(0).max(1000).default(0),
  }),
  plan: (input) => firstStones(input),
  key: (stone: Stone) => stone.name,
  lane: (stone: Stone) => String(stone.lane),
  concurrency: 3,
  async step(stone: Stone, { input, idempotencyKey: key, clock, signal }) {
    const execution = randomBytes(6).toString('hex');
    const { pid } = process;
    const tell = (event: 'begin' | 'end' | 'threw' | 'exit' | 'aborted') =>
      note(input.ledger, { key, execution, pid, event });
    const before = stone.throws + stone.exits === 0 ? 0 : executionsOf(input.ledger, key);
    tell('begin');
    try {
      await clock.sleep(stone.ms, signal);
    } catch (error) {
      tell('aborted');
      throw error;
    }
    if (before < stone.throws) {
      tell('threw');
      throw new Error(`stone ${stone.name} throws at execution ${before + 1} of ${stone.throws}`);
    }
    if (before < stone.exits) {
      tell('exit');
      process.exit(7);
    }
    tell('end');
    const next = nextStone(input satisfies Settings, stone);
    // Twice, because items of one key are one step.
    return { rows: [{ stone: stone.name, execution, pid }], items: next ? [next, next] : [] };
  },
});

function executionsOf(directory: string, key: string): number {
  return readLedger(directory, runOf(key)).filter((entry) => entry.key === key && entry.event === 'begin').length;
}
