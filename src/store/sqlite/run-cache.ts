import { LruCache } from '../../core/lru-cache.js';
import type { RunState } from '../../core/run.js';
import type { StepRecord } from '../../core/step.js';

const MOST_RUNS = 1000;
/** Characters. Longer inputs and steps are read each time. */
const SHORT = 2000;

interface Cached {
  state: RunState;
  /** JSON texts, so that nobody can change what they stand for. */
  input: string | null;
  onlyHead: string | null;
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
    if (cached === undefined)
      this.#runs.set(state.id, { state, input: null, onlyHead: null, isFlawless: false, atWork: new Map() });
    else cached.state = state;
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
    const text = this.#runs.get(id)?.onlyHead ?? null;
    return text === null ? null : JSON.parse(text);
  }

  setOnlyHead(id: string, head: StepRecord): void {
    const cached = this.#runs.get(id);
    const text = JSON.stringify(head);
    if (cached !== undefined && text.length <= SHORT) cached.onlyHead = text;
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

  /** To be called with every step written. Which head is the only one is not known any more then. */
  setStep(step: StepRecord, epoch: number): void {
    const cached = this.#runs.get(step.runId);
    if (cached === undefined) return;
    cached.onlyHead = null;
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
