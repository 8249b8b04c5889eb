import { Recent } from '../core/recent.js';
import type { Run, RunState } from '../core/run.js';
import type { Head } from './decisions.js';
import { type Record, toRunState } from './records.js';
import type { Statements } from './statements.sqlite.js';

const MOST_KNOWN = 1000;
/** Characters. Longer inputs are read each time. */
const SHORT_INPUT = 2000;

/**
 * Runs as the file has them, those last asked for in memory, too: this process alone writes the file, and reading a run
 * takes a fifth of a step's time. Whoever writes a run's record says so by `set` or `forget`.
 */
export class KnownRuns {
  readonly #states = new Recent<RunState>(MOST_KNOWN);
  /** As text, so that nobody can change them. */
  readonly #inputs = new Recent<string>(MOST_KNOWN);
  readonly #heads = new Recent<Head>(MOST_KNOWN);

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
    if (text.length <= SHORT_INPUT) this.#inputs.set(id, text);
    return text;
  }

  set(state: RunState): void {
    this.#states.set(state.id, state);
  }

  /** The only head of a run, which does not wait and nobody has claimed: each page shows it, and the next one takes it. */
  head(id: string): Head | undefined {
    return this.#heads.get(id);
  }

  setHead(id: string, head: Head): void {
    this.#heads.set(id, head);
  }

  /** To be called before anything about the run's steps is written. */
  takeHead(id: string): Head | undefined {
    const head = this.#heads.get(id);
    this.#heads.delete(id);
    return head;
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
