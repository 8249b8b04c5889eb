import { LruCache } from '../../core/lru-cache.js';
import type { RunState } from '../../core/run.js';
import type { StepRecord } from '../../core/step.js';

const MOST_RUNS = 1000;
/** Characters. Longer inputs and steps are read each time. */
const SHORT = 2000;

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
    const unknown = { input: null, onlyHead: null, headCount: null, isFlawless: false };
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

  stepAtWork(id: string, position: number): StepRecord | undefined {
    return this.#runs.get(id)?.atWork.get(position);
  }

  /** To be called with every step written, and as it was before. Which head is the only one is not known any more then. */
  setStep(step: StepRecord, epoch: number, before: StepRecord | null): void {
    const cached = this.#runs.get(step.runId);
    if (cached === undefined) return;
    cached.onlyHead = null;
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

/** The first waiting step of its lane. */
export function isHead({ head, seq }: StepRecord): boolean {
  return head && seq === null;
}
