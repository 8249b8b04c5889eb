import type { Claim } from '../core/claim.js';
import type { Run, RunState } from '../core/run.js';
import { acquitStep } from '../core/run-changes.js';
import type { Store } from '../core/store.js';
import { DIED_TOGETHER_MS } from './lease.js';

interface AtWork {
  readonly runId: string;
  readonly epoch: number;
  readonly position: number;
}

/** Whoever comes back later than this is judged by what is still known then. */
const KEPT_MS = 60 * 60_000;

/**
 * Finds out which step ended a process. Of several at work nobody knows, so that none has its attempt counted, and all are
 * suspects from then on. When the process dies again with a single suspect at work, it was that one, whatever else was beside
 * it. All of this is kept in the store, because whoever knows it dies with the process.
 */
export class Deaths {
  #judging: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: Store) {}

  /**
   * Before the claim of a dead holder is taken: what died with it can still be told then. Answers the positions of the run's
   * steps whose attempts are not counted.
   */
  judge(run: Run): Promise<readonly number[]> {
    // One after the other: runs that died together are often asked for together, too.
    const judged = this.#judging.then(() => this.#judge(run));
    this.#judging = judged.catch(() => {});
    return judged;
  }

  /** Carries out what was judged, under the claim; answers the positions of the suspects, each of which is executed alone. */
  async takeOver(claim: Claim, acquitted: readonly number[]): Promise<readonly number[]> {
    for (const position of acquitted) await this.store.change(acquitStep(claim, position));
    const abandoned = await this.store.listAbandoned(claim);
    const marks = await Promise.all(abandoned.map((step) => this.store.readCache(suspectKey(step))));
    return abandoned.filter((_, i) => marks[i] !== null).map(({ position }) => position);
  }

  /** The step was executed to its end, or for long enough. */
  async clear(runId: string, position: number): Promise<void> {
    await this.store.deleteCached(suspectKey({ runId, position }));
  }

  async #judge(run: Run): Promise<readonly number[]> {
    const known = await this.store.readCache(verdictKey(run));
    if (known !== null) return JSON.parse(known);
    const together: readonly RunState[] = [run, ...(await this.store.listAbandonedRuns(run, DIED_TOGETHER_MS))];
    const atWork = (await Promise.all(together.map((each) => this.#atWork(each)))).flat();
    if (atWork.length < 2) return [];
    const marks = await Promise.all(atWork.map((step) => this.store.readCache(suspectKey(step))));
    const [found, ...more] = atWork.filter((_, i) => marks[i] !== null);
    const guilty = more.length === 0 ? (found ?? null) : null;
    if (guilty === null)
      for (const step of atWork) await this.store.writeCache(suspectKey(step), '1', KEPT_MS, step.runId);
    const acquittedOf = ({ id }: RunState) =>
      atWork.filter((step) => step.runId === id && step !== guilty).map(({ position }) => position);
    for (const each of together)
      await this.store.writeCache(verdictKey(each), JSON.stringify(acquittedOf(each)), KEPT_MS, each.id);
    return acquittedOf(run);
  }

  async #atWork({ id: runId, epoch }: RunState): Promise<AtWork[]> {
    const abandoned = await this.store.listAbandoned({ runId, epoch: epoch + 1 });
    return abandoned.flatMap(({ position, takenEpoch }) => (takenEpoch === epoch ? [{ runId, epoch, position }] : []));
  }
}

function verdictKey({ id, epoch }: Pick<RunState, 'id' | 'epoch'>): string {
  return `death:${id}:${epoch}`;
}

/** It ends so that no other key begins with it. */
function suspectKey({ runId, position }: Pick<AtWork, 'runId' | 'position'>): string {
  return `suspect:${runId}:${position}.`;
}
