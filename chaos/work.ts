import { join } from 'node:path';
import type { Plan } from './plans.js';
import { Random } from './random.js';
import { type Diary, Visitor } from './visitor.js';

export interface Work {
  /** The name of the job. */
  readonly job: string;
  /** What is typed into its form, given the run's own seed. */
  readonly fields: (seed: string) => Readonly<Record<string, string>>;
}

/** The form of our own job. */
export function stonesWork({ stones }: Plan, ledger: string): Work {
  const settings = Object.entries(stones).map(([name, value]) => [name, String(value)]);
  return { job: 'stones', fields: (seed) => ({ ...Object.fromEntries(settings), seed, ledger }) };
}

export function ledgerIn(directory: string): string {
  return join(directory, 'ledger');
}

export interface WorkOptions {
  readonly origin: string;
  readonly work: Work;
  readonly seed: string;
  /** How many visitors at once, each with one run after the other. */
  readonly atOnce: number;
  /** Tabs that a visitor opens at most. */
  readonly tabs: number;
  /** Of a hundred visitors, how many only look how far their run is. */
  readonly away: number;
  readonly diary: Diary;
  /** No further run is started after it aborts. */
  readonly enough: AbortSignal;
  /** No further request is begun after it aborts. */
  readonly over: AbortSignal;
}

/** Visitors start runs and drive them to their ends. Resolves with all of them when the last run has ended. */
export async function work(options: WorkOptions): Promise<Visitor[]> {
  const { origin, diary, over, enough, seed } = options;
  const visitors: Visitor[] = [];

  async function visitOneAfterTheOther(place: number): Promise<void> {
    for (let n = 0; !enough.aborted && !over.aborted; n += 1) {
      const own = `${seed}/${place}/${n}`;
      const visitor = new Visitor(origin, diary, over);
      const path = await visitor.start(options.work.job, options.work.fields(own));
      if (path === null) return;
      visitors.push(visitor);
      const random = new Random(`${own}/tabs`);
      const tabs = random.int(1, options.tabs);
      const isAway = random.chance(options.away / 100);
      await Promise.all(Array.from({ length: tabs }, () => visitor.drive(path, isAway)));
    }
  }

  await Promise.all(Array.from({ length: options.atOnce }, (_, place) => visitOneAfterTheOther(place)));
  // A form whose answer was lost may have been sent twice: the visitor finds the other run at home and ends it, too.
  for (const visitor of visitors) {
    for (const path of await visitor.forgotten()) await visitor.drive(path);
  }
  return visitors;
}
