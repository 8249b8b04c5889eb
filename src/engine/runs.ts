import { createHash, randomBytes } from 'node:crypto';
import type { LoggedKind } from '../core/abuse-log.js';
import { isTobiishiError, TobiishiError } from '../core/errors.js';
import { type Asker, ownerOf } from '../core/fair-shares.js';
import type { Job } from '../core/job.js';
import type { Mend, Preview } from '../core/preview.js';
import type { FieldProblem, Opening, ProposalRequest, Proposals } from '../core/proposal.js';
import { allows, type Input, type NewRun, type Run, type RunAction } from '../core/run.js';
import { controlRun, nameRun, shareRun } from '../core/run-changes.js';
import type { NewStep } from '../core/step.js';
import { isUploadRef, type Upload, uploadsIn } from '../core/upload.js';
import type { EngineParts } from './deps.js';
import type { Driver } from './driver.js';
import { failedSteps, mayRetryFailed } from './failures.js';
import { type FormDeps, withinAnswer } from './form.js';
import { plan } from './plan.js';
import { mend, open, type PreviewDeps, preview, propose } from './preview.js';
import type { RunEvents } from './run-events.js';

/** The most unfinished runs a visitor may have, where nothing says otherwise. */
const MAX_UNFINISHED = 10;
/** A form that is sent again after longer than this, as it was, wants another run. */
const SAME_PRESS_MS = 30_000;

const DELETED_AT_ONCE = 100;
/** Of a run, in characters. */
export const MAX_NAME = 80;

/** The form can be shown without them. */
const ENTRIES_WITHIN_MS = 1000;

/** Who starts a run. */
export interface RunOwner extends Pick<NewRun, 'visitorId' | 'network' | 'background'>, Pick<Asker, 'address'> {}

/** What visitors do with their runs, besides having them executed. */
export class Runs {
  /** Runs that are being planned, by the ids that they will have. */
  readonly #starting = new Map<string, Promise<Run>>();

  constructor(
    private readonly deps: EngineParts,
    private readonly driver: Driver,
    private readonly events: RunEvents,
  ) {}

  /**
   * Starts one run for a form, however often its button is pressed within a moment. `key` is the form's own; what it is
   * sent with counts, too, because a form that one comes back to may be filled in anew.
   */
  async startOnce(job: Job, input: Input, owner: RunOwner, key: string): Promise<Run> {
    const id = idOf([owner.visitorId, job.name, key], job, input);
    const starting = this.#starting.get(id) ?? this.#startAs(id, job, input, owner);
    this.#starting.set(id, starting);
    return starting.finally(() => this.#starting.delete(id));
  }

  /** Under that id, unless a run from long ago has it: then another one is wanted now. */
  async #startAs(id: string, job: Job, input: Input, owner: RunOwner): Promise<Run> {
    try {
      return await this.start(job, input, owner, id);
    } catch (error) {
      // The store has no two runs with one id. Asked before, it would cost each start a look.
      const before = await this.deps.store.findRun(id);
      if (before === null) throw error;
      return this.#isNew(before) ? before : this.start(job, input, owner);
    }
  }

  #isNew(run: Run): boolean {
    return this.deps.clock.now() - run.createdAt < SAME_PRESS_MS;
  }

  /**
   * Plans and starts a run. Throws `too-many-runs`, `too-many-steps`, `plan-empty`, `plan-too-slow`, `too-much-kept` or
   * `storage-full`. `id` is for those who know it before, and must be a secret.
   */
  async start(job: Job, input: Input, owner: RunOwner, id = secret()): Promise<Run> {
    const { clock, maxSteps, budget } = this.deps;
    const limits = { maxSteps, withinMs: budget.answerWithinMs };
    const { steps, ...planned } = await plan(job, input, ownerOf(owner), clock, limits);
    await this.#admit(id, job.name, owner);
    const { name, version } = job;
    const kept = this.deps.inputs.seal(job, job.kept(input));
    const { address: _, ...by } = owner;
    const uploads = uploadsIn(input);
    return this.#create({ id, ...by, ...planned, job: name, version, input: kept, uploads }, steps);
  }

  /**
   * Starts another run of the same job and input, of nothing but the steps that failed. Throws `wrong-status` when
   * there are none, when more may come, or when the job has changed; `too-many-runs`.
   */
  async startFailed(run: Run, address: string | null = null): Promise<Run> {
    const { jobs, store } = this.deps;
    const job = jobs.get(run.job);
    if (!mayRetryFailed(run, job))
      throw new TobiishiError('wrong-status', `run ${run.id} has no failed steps to retry`);
    const { visitorId, network, version, input, maxTotal, background } = run;
    const id = secret();
    const steps = await failedSteps(store, run, job);
    const uploads = uploadsIn(this.deps.inputs.open(job, input));
    await this.#admit(id, job.name, { visitorId, network, address });
    return this.#create(
      { id, visitorId, network, job: job.name, version, input, maxTotal, background, uploads },
      steps,
    );
  }

  /**
   * Starts a run with what another one was given, unless there is one with this id. Throws what `start` does, and `StepError`
   * `secrets-lost`.
   */
  async startAgain(job: Job, of: Pick<Run, 'visitorId' | 'network' | 'input' | 'name'>, id: string): Promise<Run> {
    const before = await this.deps.store.findRun(id);
    if (before !== null) return before;
    const { visitorId, network, name } = of;
    const run = await this.start(job, this.deps.inputs.open(job, of.input), { visitorId, network }, id);
    return name === null ? run : this.name(run, name);
  }

  /** What is wrong with an input that the schema has let pass. Throws `too-busy`. */
  async check(job: Job, input: Input, asker: Asker): Promise<readonly FieldProblem[]> {
    return withinAnswer(asker, this.#formDeps, (context) => job.check(input, context));
  }

  /** How many things to do are in a file; null when nobody knows, or not soon enough. */
  async entries(job: Job, file: Upload, asker: Asker): Promise<number | null> {
    const deps = { clock: this.deps.clock, withinMs: ENTRIES_WITHIN_MS };
    return withinAnswer(asker, deps, async (context) => job.entries(file, context)).catch((error: unknown) => {
      if (!isTobiishiError(error, 'too-busy')) throw error;
      return null;
    });
  }

  /** What a run with this input would do, found out within the time of one answer. */
  async preview(job: Job, input: Input, asker: Asker): Promise<Preview> {
    return preview(job, input, this.#previewDeps('preview', job, asker));
  }

  /** What the job offers, found out within the time of one answer. */
  async propose(job: Job, request: ProposalRequest, asker: Asker): Promise<Proposals> {
    return propose(job, request, this.#previewDeps('proposal', job, asker));
  }

  /** What was probably meant in fields that were refused. */
  mend(job: Job, typed: Readonly<Record<string, string>>, asker: Asker): Promise<readonly Mend[]> {
    return mend(job, typed, this.#previewDeps('preview', job, asker));
  }

  get #formDeps(): FormDeps {
    return { clock: this.deps.clock, withinMs: this.deps.budget.answerWithinMs };
  }

  #previewDeps(kind: LoggedKind, job: Job, asker: Asker): PreviewDeps {
    const { store, clock, secretBox, memory, hosts, budget } = this.deps;
    const { visitorId, address = null } = asker;
    const logged = { id: secret(), kind, job: job.name, visitorId: visitorId || null, address };
    return { store, clock, secretBox, memory, hosts, logged, owner: ownerOf(asker), withinMs: budget.answerWithinMs };
  }

  /** The page that the job looks for its proposals on, for the visitor to point at, opened within the time of one answer. */
  open(job: Job, request: ProposalRequest, asker: Asker): Promise<Opening> {
    return open(job, request, this.#previewDeps('proposal', job, asker));
  }

  /** Throws `run-not-found` when the run is absent or another visitor's. */
  async find(id: string, visitorId: string): Promise<Run> {
    const run = await this.deps.store.findRun(id);
    if (run === null || run.visitorId !== visitorId) throw new TobiishiError('run-not-found', `no run ${id}`);
    return run;
  }

  /** For those who check access by themselves. Throws `run-not-found` when the run is absent. */
  async findAny(id: string): Promise<Run> {
    const run = await this.deps.store.findRun(id);
    if (run === null) throw new TobiishiError('run-not-found', `no run ${id}`);
    return run;
  }

  /** Throws `shared-not-found`. */
  async findShared(token: string): Promise<Run> {
    const run = await this.deps.store.findSharedRun(token);
    if (run === null) throw new TobiishiError('shared-not-found', 'nothing is shared under this token');
    return run;
  }

  /** Does what the visitor pressed. Throws `wrong-status` when the run's status forbids it. */
  async control(run: Run, action: RunAction): Promise<Run> {
    const changed = allows(run, action) ? await this.deps.store.change(controlRun(run.id, action)) : null;
    if (changed === null) {
      throw new TobiishiError('wrong-status', `cannot ${action} a run that is ${run.status}`, { action });
    }
    if (action === 'pause') this.driver.rest(run.id);
    if (action === 'cancel') this.driver.abort(run.id);
    const after = { ...run, ...changed };
    // Skipping the last step ends a run, too.
    if (after.status === 'cancelled' || after.status === 'done') this.events.ended(after);
    return after;
  }

  /** Whoever knows the `shareToken` of the answer may read the run; with `shared` false, nobody else any more. */
  async share(run: Run, shared: boolean): Promise<Run> {
    if (shared === (run.shareToken !== null)) return run;
    return { ...run, ...(await this.deps.store.change(shareRun(run.id, shared ? secret() : null))) };
  }

  /** Under a name that its owner gives; without one when it is empty. At most `MAX_NAME` characters of it are kept. */
  async name(run: Run, name: string): Promise<Run> {
    const kept = [...name.trim()].slice(0, MAX_NAME).join('').trim();
    return { ...run, ...(await this.deps.store.change(nameRun(run.id, kept || null))) };
  }

  /** For good, whatever its status; a step at work is aborted and its outcome thrown away. */
  async delete(run: Run): Promise<void> {
    await this.deps.store.deleteRun(run.id);
    this.driver.abort(run.id);
  }

  /** Every run of the visitor. */
  async deleteAll(visitorId: string): Promise<void> {
    for (;;) {
      const runs = await this.deps.store.listRuns(visitorId, DELETED_AT_ONCE);
      if (runs.length === 0) return;
      for (const run of runs) await this.delete(run);
    }
  }

  /** Throws what the guard does. The log knows of a run before it can ask anybody. Both at once: the store may be far away. */
  async #admit(id: string, job: string, { visitorId, network, address = null }: Omit<RunOwner, 'background'>) {
    const logged = this.deps.abuseLog?.add({ id, kind: 'run', job, visitorId, address });
    // What the guard says comes first.
    logged?.catch(() => {});
    await this.deps.guard.check({ visitorId, network });
    await logged;
  }

  async #create(newRun: NewRun, steps: readonly NewStep[]): Promise<Run> {
    const run = await this.deps.store.createRun(newRun, steps, this.deps.maxUnfinished ?? MAX_UNFINISHED);
    this.events.notify('runStarted', { run });
    return run;
  }
}

/** 128 bits that only those with the same secrets and the same input come to; a file that is sent again is the same one. */
function idOf(secrets: readonly string[], job: Job, input: Input): string {
  const kept = JSON.stringify([secrets, job.kept(input)], (_, value) => (isUploadRef(value) ? value.hash : value));
  return createHash('sha256').update(kept).digest().subarray(0, 16).toString('base64url');
}

/** 128 random bits: what cannot be guessed. */
function secret(): string {
  return randomBytes(16).toString('base64url');
}
