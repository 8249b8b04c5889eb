import { Recent } from '../../core/lru-cache.js';
import type { Run, RunState } from '../../core/run.js';
import type { Head } from '../decisions.js';
import { type Record, toRunState } from '../records.js';
import type { Statements } from './statements.js';

const MOST_KNOWN = 1000;
/** Characters. Longer inputs and steps are read each time. */
const SHORT = 2000;

/**
 * Runs as the file has them, those last asked for in memory, too: this process alone writes the file, and reading a run
 * takes a fifth of a step's time. Whoever writes a run's record says so by `set` or `forget`.
 */
export class KnownRuns {
  readonly #states = new Recent<RunState>(MOST_KNOWN);
  /** As text, so that nobody can change them. */
  readonly #inputs = new Recent<string>(MOST_KNOWN);
  readonly #heads = new Recent<string>(MOST_KNOWN);

  constructor(private readonly sql: Statements) {}

  find(id: string): RunState | null {
    const read = () => {
      const record = this.sql.findRun.get(id) as Record | undefined;
      return record && toRunState(record);
    };
    return this.#states.find(id, read) ?? null;
  }

  /** With its input, which never changes. */
  whole(state: RunState): Run {
    const { id } = state;
    const text = this.#inputs.get(id) ?? this.#readInput(id);
    return { ...state, input: JSON.parse(text) };
  }

  #readInput(id: string): string {
    const text = String((this.sql.findInput.get(id) as Record)['input']);
    if (text.length <= SHORT) this.#inputs.set(id, text);
    return text;
  }

  set(state: RunState): void {
    this.#states.set(state.id, state);
  }

  /** The only head of a run that nobody has claimed since: each page shows it, and the next one takes it. */
  head(id: string): Head | undefined {
    const text = this.#heads.get(id);
    return text === undefined ? undefined : JSON.parse(text);
  }

  setHead(id: string, head: Head): void {
    const text = JSON.stringify(head);
    if (text.length <= SHORT) this.#heads.set(id, text);
  }

  /** Whoever has a claim says so before writing anything about the run's steps; without one, nobody writes of a head. */
  forgetHead(id: string): void {
    this.#heads.delete(id);
  }

  forget(id: string): void {
    this.#states.delete(id);
    this.#heads.delete(id);
  }

  clear(): void {
    this.#states.clear();
    this.#heads.clear();
  }
}
