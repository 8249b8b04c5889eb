import type { z } from 'zod';
import type { Clock } from './clock.js';
import type { Failure } from './errors.js';
import { checkJob } from './job-check.js';
import { JobError } from './job-error.js';
import type { JobTextsByLanguage } from './job-texts.js';
import type { Finding, Mend, Preview } from './preview.js';
import type { FieldProblem, Opening, ProposalRequest, Proposals } from './proposal.js';
import type { Input, Run } from './run.js';
import type { Item, Outcome, Row } from './step.js';
import { isUpload, refOf, type Upload } from './upload.js';
import type { Seen } from './watches.js';

/** What a job is told of a form besides what it holds. */
export interface FormContext {
  /** On whose behalf, in a text: what many ask for at once is best done for each of them in turn. */
  readonly owner: string;
  /** Aborted when the answer to the form must be sent. */
  readonly signal: AbortSignal;
}

/** Memory for what comes from outside and is kept whole for a while. */
export interface StepMemory {
  /** What can be had at all. */
  readonly mostBytes: number;
  /**
   * Waits until so many bytes are there, in place of those held until now. When that takes too long it ends the attempt as
   * `throttle` does: uncounted, to be executed again.
   */
  hold(bytes: number): Promise<void>;
}

/** What a step is given besides its item. */
export interface StepContext<I = Input> {
  /** The run's input, as the schema parsed it. */
  readonly input: I;
  /** On whose behalf: the same text for all runs of a visitor, or of a network where that is known. */
  readonly owner: string;
  /** Aborted when the run is cancelled, the step times out, or the server must stop. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The run's id; empty in a preview. */
  readonly runId: string;
  /** `RUN:POSITION`, the same at every attempt: hand it to services that can ignore a repeated request. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  /** The file of a field of the form. Throws a `StepError` `file-missing` when there is none. Of several, `input` has all. */
  file(field: string): Upload;
  /**
   * Resolves when whatever `key` stands for (a host, an account) may be asked again, `delayMs` after the last start by
   * any run of this store. Call it right before each request. The first call of a step may instead end the attempt,
   * uncounted, and have the step executed again when its turn has come: do nothing before it that must not be repeated.
   * Rejects with a `StepError` `host-denied` while the operator blocks the host that `key` stands for.
   */
  turn(key: string, delayMs: number): Promise<void>;
  /**
   * To be called when the request that a turn was for has really left: if that was later than the turn (a new
   * connection takes time), the delay to the next one counts from now.
   */
  started(key: string): Promise<void>;
  /** Nobody gets a turn of `key` within the next `forMs` milliseconds: whoever is asked wants a pause. */
  pause(key: string, forMs: number): Promise<void>;
  /**
   * "Not now": ends the attempt, uncounted, and has the step executed again after `ms` milliseconds. It throws, so
   * `return throttle(30_000)` tells TypeScript that nothing comes after it.
   */
  throttle(ms: number): never;
  /**
   * The text kept under `key` for every run of this store; made, and kept for `ttlMs` (which may depend on it; not kept
   * when it is 0), when there is none.
   */
  cache(key: string, ttlMs: number | ((text: string) => number), make: () => Promise<string>): Promise<string>;
  /**
   * Puts a text under `key` for `ttlMs`, in place of what `cache` would have found there. What is kept under keys that begin
   * with `runId` and a colon is deleted with the run.
   */
  keep(key: string, text: string, ttlMs: number): Promise<void>;
  /**
   * Gives `work` memory out of what the process has for everything that is in flight; it is given back when `work` has ended.
   * To be asked for before something of a size that a stranger decides is read.
   */
  withMemory<T>(work: (memory: StepMemory) => Promise<T>): Promise<T>;
  /** Makes a text unreadable where it is kept, with a key that only the operator's settings have. */
  seal(text: string): string;
  /** What was sealed; null when it cannot be read any more, because the settings have changed. */
  unseal(sealed: string): string | null;
  /**
   * What rows are to this run: not had by an earlier run of the same `watch` and visitor, had with other cells, or as they
   * are. Notes them as had by this run; the same answer again when the step is executed again. `note: false` only looks.
   * All are `new` where nothing is watched, and in a preview. Throws the `StepError` `watch-unavailable` where the store
   * keeps no watches.
   */
  seen(rows: readonly WatchedRow[], options?: { readonly note?: boolean }): Promise<Seen[]>;
  /** Adds to one of the run's figures, once for each attempt, failed ones too. At most 100 names a run are kept. */
  count(name: string, by?: number): void;
}

/** A row as `seen` takes it. */
export interface WatchedRow {
  /** What it is known by, from run to run. */
  readonly key: string;
  readonly row: Row;
  /** A few words by which people know it. */
  readonly label: string;
}

/** What a hook is told of a run. */
export interface EndedRun<I = Input>
  extends Pick<Run, 'id' | 'status' | 'rowCount' | 'failedCount' | 'droppedCount' | 'stats' | 'createdAt'> {
  /** The run's input, as the schema parsed it, without its files. */
  readonly input: I;
  /** How many steps are recorded. */
  readonly seq: number;
  /** Of the step that gave up; null when the run is done. */
  readonly failure: Failure | null;
  /** Every row, in order. */
  rows(): AsyncIterable<Row>;
}

/** How a job has visitors point at what they want. */
export interface Pointing {
  /** What may be pointed at, the first being the usual one. Texts are `pointing.FIELD`. */
  readonly fields: readonly string[];
  /** Opens the page that proposals are looked for on, in the time of one answer. Throws `StepError` as `propose` does. */
  open(request: ProposalRequest, context: StepContext): Promise<Opening>;
}

/** What a run came to, in figures. */
export interface RunFigures extends Pick<Run, 'status' | 'rowCount' | 'failedCount' | 'droppedCount' | 'stats'> {}

/** A job as its file states it. `S` is the schema of the form, `I` an item. */
export interface JobDefinition<S extends z.ZodObject, I extends Item> {
  /** Lower-case letters, digits and hyphens: the name in addresses. */
  readonly name: string;
  /** In English, like every text of the schema; `texts` has those of other languages. */
  readonly title?: string;
  readonly description?: string;
  readonly texts?: JobTextsByLanguage;
  /** Raise it when the shape of items or the meaning of the input changes. Default 1. */
  readonly version?: number;
  /**
   * One field of the form a key; `.meta({ title, description, widget: 'textarea' })` says how it looks. A field with the
   * widget `file` is an `Upload`, or a list of them with `multiple: true`; `accept` says which files, `maxMb` how large each may
   * be. The run keeps them, for every step. A text with the widget `secret` is sealed where it is stored, and stands in no summary, recipe or page of a run. `prefill: 'language'` puts the
   * visitor's language into a text, such as `ja`.
   */
  readonly input: S;
  /**
   * What a run keeps of what was typed, in place of it: a job moves secrets from other fields into secret ones here. `plan`
   * is given what was typed. Default: all of it.
   */
  keepInput?(input: z.output<S>): z.output<S>;
  /**
   * Says what is wrong with an input that the schema has let pass: what takes long to find out, such as what is in a file, and
   * is then done in another thread. A schema that computes for long holds up everybody. Default: nothing is.
   */
  check?(input: z.output<S>, context: FormContext): Promise<readonly FieldProblem[]>;
  /** The items known at the start. Must be quick: what takes long to find is added by steps. */
  plan(input: z.output<S>, context: FormContext): Iterable<I> | AsyncIterable<I> | Promise<Iterable<I>>;
  /**
   * True: `plan` makes the same items in the same order each time, be it from what was typed or from what the run keeps of it. Of
   * a long plan the store then has only the steps that come next; the others are made when they are needed. Default false: all
   * are kept, as they are when a file came with the form.
   */
  readonly repeatablePlan?: boolean;
  step(item: I, context: StepContext<z.output<S>>): Promise<Outcome>;
  /** Two items with the same key are one step. Default: no two items are the same. */
  key?(item: I, input: z.output<S>): string | null;
  /** Steps of different lanes may overlap, up to `concurrency`. Default: one lane. */
  lane?(item: I, input: z.output<S>): string;
  /**
   * How many steps of the item's lane are executed side by side, for items that do not keep their place. They are recorded in
   * their order all the same, but for those that are tried again. Default 1: one after the other.
   */
  abreast?(item: I, input: z.output<S>): number;
  /**
   * The key under which a step first asks for a `turn`, so that a page can tell how long the next step waits for it; null when
   * it asks for none. Default: none does.
   */
  turnKey?(item: I, input: z.output<S>): string | null;
  /** Steps executed at once, each of another lane. Default 1. */
  readonly concurrency?: number;
  /** No item is added past this many. */
  limit?(input: z.output<S>): number;
  /** Whether an item counts towards the limit (default: each does). Those that do not are added past it, too. */
  counts?(item: I, input: z.output<S>): boolean;
  /** True turns `answerWithinMs` off for the run: each request is held until its slice is finished. */
  holdAnswer?(input: z.output<S>): boolean;
  /**
   * Whether the steps behind this one in its lane wait while it is tried again, also where a failure stops nothing: for
   * rows that must come in the order of items. Default: none does.
   */
  keepsPlace?(item: I): boolean;
  /** Rows that a step has even when it failed for good. Must be quick. Default: none. */
  rowsOfFailed?(item: I): readonly Row[];
  /**
   * After a step's last attempt: `stop` (default) makes the run `failed`, and retries happen in place; `continue`
   * records the failure and goes on, and retries go to the end of the line.
   */
  readonly onFailure?: 'stop' | 'continue';
  /** Default 5 minutes. A longer step is aborted, which counts as a failed attempt. */
  readonly stepTimeoutMs?: number;
  /**
   * Called once when a run is done, by the process that recorded its last step; not again should that process die before it
   * returns. What it throws is logged, and changes nothing.
   */
  onDone?(run: EndedRun<z.output<S>>): Promise<void> | void;
  /** Likewise when a step gave up. The run may go on later: a visitor can have it retried. */
  onFailed?(run: EndedRun<z.output<S>>): Promise<void> | void;
  /**
   * How busy is what the job has in this process, such as a pool of threads, for the operator. Names have letters, digits and
   * underscores; their texts are `load.NAME`. Default: nothing.
   */
  load?(): Readonly<Record<string, number>>;
  /** Ends what the job keeps open, such as connections, when no step is at work any more and the app is closed. */
  close?(): Promise<void> | void;
  /**
   * Tries an input without starting a run, in the time of one answer; the form then has a button for it. Throws
   * `StepError` when nothing can be said but what went wrong.
   */
  preview?(input: z.output<S>, context: StepContext<z.output<S>>): Promise<Preview>;
  /**
   * What the visitor should know of a run that is over, such as that nothing was found where something should be: shown
   * where its result is. Texts are `warnings.CODE`. Default: nothing.
   */
  warnings?(run: RunFigures, input: z.output<S>): readonly Finding[];
  /**
   * Looks by itself for what the visitor may want, in the time of one answer, and offers it as filled-in forms; the form then
   * asks for little at first. Throws `StepError` as `preview` does.
   */
  propose?(request: ProposalRequest, context: StepContext): Promise<Proposals>;
  /**
   * What the runs of a visitor with the same answer have in common: the same thing, looked at again and again, so that
   * `seen` can tell what is new. Null (default): nothing is watched.
   */
  watch?(input: z.output<S>): string | null;
  /**
   * What the form has to say to make a run of it a watch, by field: offered with a run that is none. Default: nothing, and it
   * is not offered.
   */
  readonly asWatch?: Readonly<Record<string, string>>;
  /**
   * Offers what was probably meant in fields that the schema refuses, in the time of one answer. `typed` may be anything.
   * Default: nothing.
   */
  mend?(typed: Readonly<Record<string, string>>, context: StepContext): Promise<readonly Mend[]>;
  /** Lets visitors show on the page itself what they want; `propose` is then told what they pointed at. Default: it does not. */
  readonly pointing?: Pointing;
  /** How many things to do are in a file of the form, shown beside its name. */
  entries?(file: Upload, context: FormContext): Promise<number | null> | number | null;
  /** The least time from one step to the next that the input tells of, in milliseconds. Default 0: it tells of none. */
  leastStepMs?(input: z.output<S>): number;
  /** Whether steps may find further items, so that the steps known so far are no total to measure progress by. */
  findsItems?(input: z.output<S>): boolean;
  /** What a step is doing, in a few words, for the run's page. */
  describe?(item: I, input: z.output<S>): string;
  /**
   * What tells a run from others of this job, in a few words: beside its name, and seen by those it is shared with.
   * Default: the fields of the form that are not as they were at first.
   */
  summary?(input: z.output<S>): string;
}

/** A job as the engine sees it: every default filled in. */
export interface Job {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly texts: JobTextsByLanguage;
  readonly version: number;
  readonly input: z.ZodObject;
  /** Names of the secret fields. */
  readonly secrets: readonly string[];
  /** Names of the fields for files. */
  readonly files: readonly string[];
  /** The part of an input that a run keeps, with its files as references. */
  kept(input: Input): Input;
  check(input: Input, context: FormContext): Promise<readonly FieldProblem[]>;
  plan(input: Input, context: FormContext): Iterable<Item> | AsyncIterable<Item> | Promise<Iterable<Item>>;
  readonly repeatablePlan: boolean;
  step(item: Item, context: StepContext<Input>): Promise<Outcome>;
  key(item: Item, input: Input): string | null;
  lane(item: Item, input: Input): string;
  abreast(item: Item, input: Input): number;
  turnKey(item: Item, input: Input): string | null;
  readonly concurrency: number;
  limit(input: Input): number;
  counts(item: Item, input: Input): boolean;
  holdAnswer(input: Input): boolean;
  keepsPlace(item: Item): boolean;
  rowsOfFailed(item: Item): readonly Row[];
  readonly onFailure: 'stop' | 'continue';
  readonly stepTimeoutMs: number;
  onDone(run: EndedRun): Promise<void> | void;
  onFailed(run: EndedRun): Promise<void> | void;
  warnings(run: RunFigures, input: Input): readonly Finding[];
  load(): Readonly<Record<string, number>>;
  close(): Promise<void> | void;
  readonly hasPreview: boolean;
  preview(input: Input, context: StepContext<Input>): Promise<Preview>;
  readonly hasProposals: boolean;
  propose(request: ProposalRequest, context: StepContext): Promise<Proposals>;
  watch(input: Input): string | null;
  readonly asWatch: Readonly<Record<string, string>>;
  readonly hasMends: boolean;
  mend(typed: Readonly<Record<string, string>>, context: StepContext): Promise<readonly Mend[]>;
  readonly pointing: Pointing | null;
  entries(file: Upload, context: FormContext): Promise<number | null> | number | null;
  leastStepMs(input: Input): number;
  findsItems(input: Input): boolean;
  describe(item: Item, input: Input): string;
  /** Null for the default. */
  summary(input: Input): string | null;
}

function hasWidget(field: z.core.$ZodType | undefined, widget: string): boolean {
  return (field as z.ZodType | undefined)?.meta()?.['widget'] === widget;
}

/** Files as they stand in a run's input. */
function withRefs(input: object): Input {
  const ref = (value: unknown): unknown => (isUpload(value) ? refOf(value) : value);
  const kept = Object.entries(input).map(([key, value]) => [key, Array.isArray(value) ? value.map(ref) : ref(value)]);
  return Object.fromEntries(kept) as Input;
}

/** Throws a `JobError` when the name is none, or the schema has a field that no form can show. */
export function defineJob<S extends z.ZodObject, I extends Item>(definition: JobDefinition<S, I>): Job {
  checkJob(definition);
  const { name, input, keepInput = (all) => all } = definition;
  const fieldsWith = (widget: string) => Object.keys(input.shape).filter((key) => hasWidget(input.shape[key], widget));
  const files = fieldsWith('file');
  return {
    title: name,
    description: '',
    texts: {},
    version: 1,
    check: async () => [],
    repeatablePlan: false,
    key: () => null,
    lane: () => '',
    abreast: () => 1,
    turnKey: () => null,
    concurrency: 1,
    limit: () => Number.MAX_SAFE_INTEGER,
    counts: () => true,
    holdAnswer: () => false,
    keepsPlace: () => false,
    rowsOfFailed: () => [],
    onFailure: 'stop',
    stepTimeoutMs: 5 * 60_000,
    onDone: () => {},
    onFailed: () => {},
    load: () => ({}),
    close: () => {},
    warnings: () => [],
    preview: async () => ({ findings: [], rows: [] }),
    propose: async () => ({ findings: [], proposals: [], problems: [] }),
    watch: () => null,
    asWatch: {},
    mend: async () => [],
    pointing: null,
    entries: () => null,
    leastStepMs: () => 0,
    findsItems: () => false,
    describe: () => '',
    summary: () => null,
    ...definition,
    hasPreview: definition.preview !== undefined,
    hasProposals: definition.propose !== undefined,
    hasMends: definition.mend !== undefined,
    secrets: fieldsWith('secret'),
    files,
    kept: (all: z.output<S>) => withRefs(keepInput(all)),
    // The schema has parsed the input and the job made the items, so that the narrower types hold.
  } as unknown as Job;
}

/** Jobs by name. Throws a `JobError` for two of one name, and for what is no job. */
export function jobsByName(jobs: Iterable<Job>): ReadonlyMap<string, Job> {
  const byName = new Map<string, Job>();
  for (const job of jobs) {
    // Not `instanceof`: it may have been defined with another copy of the package.
    const isJob = typeof job?.step === 'function' && typeof job.kept === 'function';
    if (!isJob) throw new JobError(String(job?.name ?? job), 'this is no job; export what defineJob() returns');
    if (byName.has(job.name)) throw new JobError(job.name, 'there are two of this name; rename one');
    byName.set(job.name, job);
  }
  return byName;
}
