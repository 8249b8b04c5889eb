import { LruCache } from '../../core/lru-cache.js';
import type { RunState } from '../../core/run.js';
import type { StepRecord } from '../../core/step.js';
import type { DatabaseRecord } from '../columns.js';

const MOST_RUNS = 1000;
/** Characters. Longer inputs and steps are read each time. */
const SHORT = 2000;

/** Waiting steps that come one after the other behind a head, in its lane: as they are in the file. */
interface Behind {
  readonly head: number;
  readonly records: readonly DatabaseRecord[];
}

interface Cached {
  state: RunState;
  /** As JSON, so that nobody can change what it stands for. */
  input: string | null;
  /** Likewise its item. */
  onlyHead: { readonly head: StepRecord; readonly item: string } | null;
  /** How many heads there are, those at work too; null while nobody has counted them. */
  headCount: number | null;
  /** No step of it has failed or was skipped. */
  isFlawless: boolean;
  behind: Behind | null;
  /** Steps at work, by position, as they were written when they were handed out. */
  readonly atWork: Map<number, StepRecord>;
}

/**
 * The runs last asked for, as the file has them: this process alone writes the file, and reading a run takes a fifth of a
 * step's time. Whoever writes a run says so by `set` or `forget`.
 */
export class RunCache {
  readonly #runs = new LruCache<Cached>(MOST_RUNS);

  state(id: string): RunState | undefined {
    return this.#runs.get(id)?.state;
  }

  set(state: RunState): void {
    const cached = this.#runs.get(state.id);
    if (cached !== undefined) {
      cached.state = state;
      return;
    }
    const unknown = { input: null, onlyHead: null, headCount: null, isFlawless: false, behind: null };
    this.#runs.set(state.id, { state, ...unknown, atWork: new Map() });
  }

  input(id: string): string | null {
    return this.#runs.get(id)?.input ?? null;
  }

  setInput(id: string, text: string): void {
    const cached = this.#runs.get(id);
    if (cached !== undefined && text.length <= SHORT) cached.input = text;
  }

  /** The only head of a run that nobody has at work: each page shows it, and the next one takes it. */
  onlyHead(id: string): StepRecord | null {
    const only = this.#runs.get(id)?.onlyHead ?? null;
    return only && { ...only.head, item: JSON.parse(only.item) };
  }

  setOnlyHead(id: string, head: StepRecord): void {
    const cached = this.#runs.get(id);
    const item = JSON.stringify(head.item);
    if (cached !== undefined && item.length <= SHORT) cached.onlyHead = { head, item };
  }

  headCount(id: string): number | null {
    return this.#runs.get(id)?.headCount ?? null;
  }

  setHeadCount(id: string, count: number): void {
    const cached = this.#runs.get(id);
    if (cached !== undefined) cached.headCount = count;
  }

  /** Of most runs each page would ask in vain which steps failed. */
  isFlawless(id: string): boolean {
    return this.#runs.get(id)?.isFlawless ?? false;
  }

  setFlawless(id: string): void {
    const cached = this.#runs.get(id);
    if (cached !== undefined) cached.isFlawless = true;
  }

  /** What comes next in the lane of the head at `position`; undefined when it is not known. */
  nextBehind(id: string, position: number): DatabaseRecord | undefined {
    const behind = this.#runs.get(id)?.behind ?? null;
    return behind?.head === position ? behind.records[0] : undefined;
  }

  /** There may be more behind them. */
  setBehind(id: string, head: number, records: readonly DatabaseRecord[]): void {
    const cached = this.#runs.get(id);
    const long = records.findIndex(({ item }) => String(item).length > SHORT);
    if (cached !== undefined) cached.behind = { head, records: long === -1 ? records : records.slice(0, long) };
  }

  stepAtWork(id: string, position: number): StepRecord | undefined {
    return this.#runs.get(id)?.atWork.get(position);
  }

  /** To be called with every step written, and as it was before. Which head is the only one is not known any more then. */
  setStep(step: StepRecord, epoch: number, before: StepRecord | null): void {
    const cached = this.#runs.get(step.runId);
    if (cached === undefined) return;
    cached.onlyHead = null;
    cached.behind = cached.behind && behindAfter(cached.behind, step, before);
    if (cached.headCount !== null) cached.headCount += Number(isHead(step)) - Number(before !== null && isHead(before));
    if (step.failure !== null) cached.isFlawless = false;
    if (step.seq === null && step.takenEpoch === epoch) cached.atWork.set(step.position, step);
    else cached.atWork.delete(step.position);
  }

  forget(id: string): void {
    this.#runs.delete(id);
  }

  clear(): void {
    this.#runs.clear();
  }
}

/** What is known of it once a step is written. Null: nothing, as steps may have changed their places. */
function behindAfter(behind: Behind, step: StepRecord, before: StepRecord | null): Behind | null {
  const [next, ...others] = behind.records;
  const last = behind.records.at(-1)?.['line'] as number | undefined;
  if (before === null) return last !== undefined && step.line > last ? behind : null;
  // Put behind others, it stands among them.
  if (step.position === behind.head)
    return step.line === before.line && (step.seq !== null || isHead(step)) ? behind : null;
  return step.position === next?.['position'] && isHead(step) ? { head: step.position, records: others } : null;
}

/** The first waiting step of its lane. */
export function isHead({ head, seq }: StepRecord): boolean {
  return head && seq === null;
}
