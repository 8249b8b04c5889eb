import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { StepError } from '../core/errors.js';
import type { Job, WatchedRow } from '../core/job.js';
import type { Run } from '../core/run.js';
import type { Seen, SeenRow, Watch, WatchStore } from '../core/watches.js';

/** In one transaction. */
const SEEN_AT_ONCE = 200;
/** In characters: a feed shows no more of a row, and of its name. */
const LONGEST_ROW = 4000;
const LONGEST_LABEL = 200;

/** The watch that a run belongs to; null when its job watches nothing for this input. */
export function watchOf(job: Job, { visitorId, input }: Pick<Run, 'visitorId' | 'input'>): Watch | null {
  const watched = job.watch(input);
  return watched === null ? null : { id: hashOf(['watch', visitorId, job.name, watched]), visitorId };
}

/** Tells a run which of its rows earlier runs of the same watch had. */
export class RunWatcher {
  constructor(
    private readonly store: WatchStore,
    private readonly watch: Watch,
    private readonly jobName: string,
    private readonly runId: string,
  ) {}

  /** In the order of `rows`; null for what cannot be remembered. `note: false`: nothing is noted, what is unknown is null. */
  async see(rows: readonly WatchedRow[], note: boolean): Promise<(Seen | null)[]> {
    const given = rows.map(seenRow);
    const answers = new Map<string, Seen>();
    // Each key once, as a store wants them: of two rows with the same the first counts.
    const distinct = [...new Map([...given].reverse().map((row) => [row.key, row])).values()].reverse();
    for (let at = 0; at < distinct.length; at += SEEN_AT_ONCE) {
      const some = distinct.slice(at, at + SEEN_AT_ONCE);
      const seen = note
        ? await this.store.see(this.watch, this.jobName, this.runId, some)
        : await this.store.look(this.watch, this.runId, some);
      for (const [key, answer] of seen) answers.set(key, answer);
      // So many take a few milliseconds, and SQLite never waits.
      await setImmediate();
    }
    return given.map(({ key }) => answers.get(key) ?? null);
  }
}

/** Where the store keeps none. */
export const NO_WATCHES: Pick<RunWatcher, 'see'> = {
  see: async () => {
    const message = 'this server keeps no rows from run to run: it has no database of its own';
    throw new StepError('watch-unavailable', message, { retry: false });
  },
};

function seenRow({ key, row, label }: WatchedRow): SeenRow {
  const text = JSON.stringify(row);
  return {
    key: hashOf([key]),
    content: hashOf([text]),
    label: label.slice(0, LONGEST_LABEL),
    row: text.length > LONGEST_ROW ? null : text,
  };
}

/** 128 bits. */
function hashOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest().subarray(0, 16).toString('base64url');
}
