import type { Clock } from '../../core/clock.js';
import type { Decision, Facts, RunChange } from '../../core/decision.js';
import { comesBefore } from '../../core/lanes.js';
import { LruCache } from '../../core/lru-cache.js';
import type { StepRecord } from '../../core/step.js';
import { indexable } from './records.js';

/** What a change is decided from, and the revision of the run that it is true of. */
export interface Loaded extends Facts {
  readonly revision: number;
  /** When the run's changes were last on the disk, by a clock that nobody sets; null when the next has to wait for it. */
  readonly flushedAt: number | null;
  /** How many changes in a row were decided without loading, up to this one. */
  readonly unloaded: number;
}

/** What a change left, which the next change of the same run begins with. */
interface Ahead extends Pick<Loaded, 'run' | 'revision' | 'now' | 'next' | 'unloaded'> {
  readonly step: StepRecord;
  /** When `now` was, by a clock that nobody sets. */
  readonly since: number;
  readonly flushedAt: number;
}

/** No more than runs are at work in one process, for a moment. */
const MOST_RUNS = 200;
/** Slow steps do not gain by it. */
const KEPT_FOR_MS = 1000;
/** To execute such a step again takes less time than to wait for the disk, if there are not many of them. */
const QUICK_MS = 10;
const UNFLUSHED_FOR_MS = 100;
/**
 * To load is to look for heads, too. That passes the index entries of the steps recorded since, and PostgreSQL marks them as dead,
 * so that new ones may take their room. A page of the index has about 130; one that nobody looked at while it was filled would
 * stay, dead, until a VACUUM, for each later search to pass.
 */
const MOST_UNLOADED = 50;

/**
 * Where a run has one step at work and no other head waits, the change that handed it out knows what the change that records it
 * is decided from, so that a quick step costs one statement. If anybody has changed the run in between it has another revision:
 * nothing is written then, and the facts are loaded.
 */
export class FactsAhead {
  readonly #runs = new LruCache<Ahead>(MOST_RUNS);

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Null when they have to be loaded. */
  take({ runId, epoch, needs }: RunChange<unknown>, frozen: number | null): Loaded | null {
    const ahead = this.#runs.get(runId);
    this.#runs.delete(runId);
    if (ahead === undefined) return null;
    const { since, flushedAt, step, next, ...known } = ahead;
    const passedMs = this.clock.monotonic() - since;
    // What is not on the disk may be gone by now.
    const mayBeLost = flushedAt < since && passedMs >= QUICK_MS;
    const isOf = needs.position === step.position && epoch === known.run.epoch && passedMs < KEPT_FOR_MS;
    // Of other lanes, and of keys, nothing is known.
    const isEnough = (needs.items ?? []).every(({ key, lane }) => key === null && indexable(lane) === step.lane);
    if (mayBeLost || !isOf || !isEnough || known.unloaded >= MOST_UNLOADED) return null;
    const now = frozen ?? Math.round(known.now + passedMs);
    const isQuick = passedMs < QUICK_MS && since + passedMs - flushedAt < UNFLUSHED_FOR_MS;
    const facts = { ...known, step, next, now, flushedAt: isQuick ? flushedAt : null, unloaded: known.unloaded + 1 };
    return { ...facts, heads: [], isKnown: () => false, isBusy: () => next !== null };
  }

  /** The one step that the decision hands out, where what comes after it can be told; null where nothing is gained. */
  stepOf({ needs }: RunChange<unknown>, { heads }: Facts, decision: Decision<unknown>): StepRecord | null {
    const { run, steps = [], added = [] } = decision;
    if (run?.status !== 'running' || run.leaseUntil === null || needs.count === undefined || heads.length > 1)
      return null;
    const waiting = [...heads.filter((head) => !steps.some((step) => isSame(step, head))), ...steps, ...added];
    const [first, ...others] = waiting.filter(({ head, seq }) => head && seq === null);
    return first?.takenEpoch === run.epoch && others.length === 0 ? first : null;
  }

  /**
   * `following`: what stood in the lane behind `step` before the decision was written. `flushedAt`: null when that waited for the
   * disk.
   */
  keep(
    saved: Pick<Ahead, 'run' | 'revision' | 'now' | 'step' | 'unloaded'> & { readonly flushedAt: number | null },
    added: readonly StepRecord[],
    following: StepRecord | null,
  ): void {
    const { run, step } = saved;
    const behind = [...added, ...(following === null ? [] : [following])].filter(
      (each) => each.lane === step.lane && !isSame(each, step),
    );
    const [next = null] = behind.sort(comesBefore);
    const since = this.clock.monotonic();
    this.#runs.set(run.id, { ...saved, next, since, flushedAt: saved.flushedAt ?? since });
  }
}

function isSame(a: StepRecord, b: StepRecord): boolean {
  return a.position === b.position;
}
