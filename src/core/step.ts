import type { Failure } from './errors.js';
import type { OutcomeFile } from './files.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a step works on: any JSON value the job chose. State that grows travels here, from item to item. */
export type Item = Json;

/** One line of the result. Keys are column names, in the order they are exported. */
export type Row = Readonly<Record<string, Json>>;

/** What a step returns: rows for the table, new items at the end of the line, a word about what it did. */
export interface Outcome {
  readonly rows?: readonly Row[];
  /** Kept with the run, for its owner to download. */
  readonly files?: readonly OutcomeFile[];
  readonly items?: readonly Item[];
  readonly note?: string;
}

/**
 * - `waiting`: not recorded yet, whether or not somebody is working on it
 * - `done`: recorded with its outcome
 * - `failed`: recorded as given up; only in jobs that continue past failures
 * - `skipped`: recorded as passed over by the visitor
 */
export type StepStatus = 'waiting' | 'done' | 'failed' | 'skipped';

export interface Step {
  readonly runId: string;
  /** Place in which the item was planned, from 1. Never changes, unlike the order of execution. */
  readonly position: number;
  readonly item: Item;
  readonly status: StepStatus;
  /** Number of the recorded step, from 1; null while waiting. */
  readonly seq: number | null;
  /** Times it was handed out to be executed, this time included. */
  readonly attempts: number;
  /** Not to be started before this time (ms since 1970); null when it may start at once. */
  readonly dueAt: number | null;
  readonly failure: Failure | null;
  readonly note: string | null;
}

/** An item on its way into a run. Two steps of a run never share a key; `null` is not compared. */
export interface NewStep {
  readonly item: Item;
  readonly key: string | null;
  /** Steps of one lane are executed one at a time, in order; steps of different lanes may overlap. */
  readonly lane: string;
  /** False: added even past the run's limit, which then moves by one. */
  readonly counted?: boolean;
}

/** A step as a store keeps it: with its place in line and the claim under which it was handed out. */
export interface StepRecord extends Step {
  readonly key: string | null;
  readonly lane: string;
  /** Its place in its lane; of two with the same, the one with the lower position comes first. */
  readonly line: number;
  /** First waiting step of its lane. Only heads are handed out. */
  readonly head: boolean;
  /** Epoch of the claim under which it was handed out last; 0 after it was put back. */
  readonly takenEpoch: number;
  /** When it was put back last. Where that is in the future, the clock was set back, and `dueAt` means nothing. */
  readonly postponedAt: number | null;
}

/** What an attempt threw, for the operator alone. */
export interface AttemptError {
  readonly position: number;
  /** From 1. */
  readonly attempt: number;
  /** In ms since 1970. */
  readonly at: number;
  /** The error's class. */
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}
