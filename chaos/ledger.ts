import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What became of one execution of a step, as the step itself wrote it: outside the store, the way an e-mail or a
 * payment is outside. A small append is whole or absent even when its process is killed.
 */
export interface Entry {
  /** The idempotency key, `RUN:POSITION`. */
  readonly key: string;
  readonly execution: string;
  readonly pid: number;
  /**
   * - `begin`: always the first
   * - `end`: the work is done, what remains is to record it
   * - `threw`: a failure of its own, which counts as an attempt
   * - `exit`: about to end its process
   * - `aborted`: its signal said stop
   */
  readonly event: 'begin' | 'end' | 'threw' | 'exit' | 'aborted';
}

export function note(directory: string, entry: Entry): void {
  appendFileSync(path(directory, runOf(entry.key)), `${JSON.stringify(entry)}\n`);
}

export function readLedger(directory: string, runId: string): Entry[] {
  const file = path(directory, runId);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** The runs of which at least one step was executed. */
export function runsIn(directory: string): string[] {
  return readdirSync(directory).map((name) => name.replace(/\.ndjson$/, ''));
}

export function runOf(key: string): string {
  return key.slice(0, key.lastIndexOf(':'));
}

function path(directory: string, runId: string): string {
  return join(directory, `${runId}.ndjson`);
}
