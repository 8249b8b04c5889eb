import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { isTobiishiError, messageOf } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Logger } from '../core/logger.js';
import type { Observer } from '../core/observer.js';
import type { Input, Run, RunAction } from '../core/run.js';
import type { Schedule, ScheduleStore } from '../core/schedules.js';
import { ANY_RUN } from '../core/store.js';
import { type Upload, type UploadOwner, type UploadStore, uploadOf } from '../core/upload.js';
import { drive } from '../drivers/drive.js';
import { changeSchedule, repeatRun } from '../engine/repeat.js';
import type { Language } from '../http/texts.js';
import type { Words } from '../http/words.js';
import { makeWords } from '../http/words.js';
import { loadJob, type OpenedEngine, openEngine, ownJobs } from '../open.js';
import { formFields, readForm } from '../pages/job/fields.js';
import { failureText, jobTexts } from '../pages/job/texts.js';
import { rowsFile } from '../pages/run/downloads.js';
import { type RunStatusJson, runStatus } from '../pages/run/status.js';
import { ConfigError, readConfig } from '../server/config.js';
import type { CommandLine } from './arguments.js';
import { said, UsageError } from './exit-codes.js';
import type { DrivenRun, Told } from './follow.js';
import { readRecipe } from './recipe.js';
import { settingsOf } from './settings.js';
import type { Terminal } from './terminal.js';

/** The newest. */
const LISTED_SCHEDULES = 1000;

/** Each run that is started here has an owner of its own: how many a visitor may have is meant for strangers. */
const newOwner = () => ({ visitorId: `cli-${randomUUID()}`, network: null });
/** What a watch has seen is its visitor's: the runs of one have the same owner, whenever they are started. */
const WATCHER = { visitorId: 'cli', network: null };

const isPath = (job: string) => /[/\\]|\.[cm]?[jt]s$/.test(job);

/** The runs of the database that the settings name, without a server. */
export class LocalRuns {
  readonly words: Words;
  #say: (text: string) => void = () => {};

  private constructor(
    private readonly line: CommandLine,
    private readonly engine: OpenedEngine,
    /** The one whose file the command line names. */
    private readonly ownJob: Job | null,
    language: Language,
  ) {
    this.words = makeWords(...jobTexts(engine.jobs.values()))[language];
  }

  static async open(line: CommandLine, env: NodeJS.ProcessEnv, { err, words }: Terminal): Promise<LocalRuns> {
    const config = readConfig(settingsOf(line, env));
    if (config.database === 'cookie:') throw new ConfigError('With `cookie:` runs are kept by their pages alone.');
    const { operand } = line;
    const ownJob = line.command === 'run' && operand !== null && isPath(operand) ? await loadJob(operand) : null;
    const all = [...(await ownJobs(config)), ...config.jobs, ...(ownJob === null ? [] : [ownJob])];
    let opened: LocalRuns | null = null;
    const tell = (text: string) => (opened === null ? void err.write(`${text}\n`) : opened.#say(text));
    const log: Logger['warn'] = (_fields, message) => tell(message ?? '');
    const logger: Logger = { error: log, warn: log, info: () => {}, debug: () => {} };
    const engine = await openEngine(
      { jobs: all, logger, observers: [failuresTo(tell, () => opened?.words ?? words)] },
      config,
    );
    opened = new LocalRuns(line, engine, ownJob, words.language);
    return opened;
  }

  async close(): Promise<void> {
    await this.engine.driver.stop();
    await this.engine.close();
  }

  /** Throws a `UsageError` that names each wrong field. */
  async start(): Promise<DrivenRun> {
    const { fields, files, texts } = this.line;
    const recipe = texts.recipe === undefined ? null : await readRecipe(texts.recipe);
    const job = this.ownJob ?? this.#job(this.line.operand ?? recipe?.job ?? null);
    if (recipe !== null && recipe.job !== job.name) throw new UsageError('other-recipe', { job: recipe.job });
    const form = formFields(this.words, job, null);
    const typed: Record<string, unknown> = { ...recipe?.fields, ...fields };
    const named = [...Object.keys(typed), ...Object.keys(files)];
    const unknown = named.find((name) => !form.some((field) => field.name === name));
    if (unknown !== undefined) {
      const fields = form.map(({ name }) => name).join(', ');
      throw new UsageError('no-field', { job: job.name, field: unknown, fields });
    }
    // A form leaves out its empty boxes; here they are as the empty form has them.
    const ticked = form.flatMap(({ name, kind, checked }) => (kind === 'checkbox' && checked ? [[name, 'on']] : []));
    const body = { ...Object.fromEntries(ticked), ...typed };
    const owner = newOwner();
    const input = await this.#inputOf(job, body, files, owner);
    if (job.watch(input) === null) return this.#driven(await this.engine.runs.start(job, input, owner));
    // Files are their owner's, too.
    const watched = await this.#inputOf(job, body, files, WATCHER);
    return this.#driven(await this.engine.runs.start(job, watched, WATCHER));
  }

  async #inputOf(job: Job, typed: object, files: CommandLine['files'], owner: UploadOwner): Promise<Input> {
    const { runs, uploads } = this.engine;
    const body: Record<string, unknown> = { ...typed };
    for (const [name, path] of Object.entries(files)) body[name] = await keptFile(uploads, owner.visitorId, path);
    const read = await readForm(this.words, job, body, (input) => runs.check(job, input, owner));
    if (!read.ok) throw said(Array.from(read.errors, ([name, text]) => `${name || job.name}: ${text}`).join('\n'));
    return read.input;
  }

  /** Puts a run that rests to work again. Throws a `UsageError` for one that is cancelled, or whose job is not loaded. */
  async resume(id: string): Promise<DrivenRun> {
    const run = await this.engine.runs.findAny(id);
    if (!this.engine.jobs.has(run.job)) {
      throw new UsageError('job-not-loaded', { job: run.job });
    }
    if (run.status === 'cancelled') throw new UsageError('cancelled');
    const action = ({ paused: 'resume', failed: 'retry' } as Partial<Record<string, RunAction>>)[run.status];
    return this.#driven(action === undefined ? run : await this.engine.runs.control(run, action));
  }

  async find(id: string): Promise<DrivenRun> {
    return this.#driven(await this.engine.runs.findAny(id));
  }

  async list(limit: number): Promise<RunStatusJson[]> {
    const runs = await this.engine.store.searchRuns(ANY_RUN, limit);
    return Promise.all(runs.map((run) => this.#status(run)));
  }

  async listSchedules(): Promise<readonly Schedule[]> {
    return this.#schedules.listAll(LISTED_SCHEDULES);
  }

  /** Has a run started again and again. Throws a `UsageError` for times that are none. */
  async repeat(runId: string, cron: string, zone: string | null): Promise<Schedule> {
    const timeZone = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const run = await this.engine.runs.findAny(runId);
    const repeated = await repeatRun(run, { cron, timeZone }, this.#schedules, this.engine);
    if (repeated === 'no-zone') throw new UsageError('no-zone', { zone: timeZone });
    if (repeated === 'no-time') throw new UsageError('no-cron');
    if (repeated === 'most') throw new UsageError('most-schedules');
    return this.#schedule(repeated.id);
  }

  async changeSchedule(id: string, action: 'pause' | 'resume' | 'delete'): Promise<void> {
    await changeSchedule(await this.#schedule(id), action, this.#schedules, this.engine);
  }

  async #schedule(id: string): Promise<Schedule> {
    const schedule = await this.#schedules.find(id);
    if (schedule === null) throw new UsageError('no-schedule', { id });
    return schedule;
  }

  get #schedules(): ScheduleStore {
    const { schedules } = this.engine;
    if (schedules === null) throw new UsageError('no-schedules');
    return schedules;
  }

  #job(name: string | null): Job {
    const { jobs } = this.engine;
    const job = jobs.get(name ?? '');
    if (job === undefined) {
      const all = [...jobs.keys()].join(', ');
      throw name === null ? new UsageError('which-of', { jobs: all }) : new UsageError('no-job', { name, jobs: all });
    }
    return job;
  }

  #driven({ id }: Run): DrivenRun {
    const { driver, store, clock, runs, jobs } = this.engine;
    const find = () => store.findRun(id);
    const statusOf = async (run: Run | null) => (run === null ? null : this.#status(run));
    return {
      resumeCommand: this.#resumeCommand(id),
      drive: async (stop: AbortSignal, tell: Told) => {
        this.#say = tell.say;
        await drive(id, this.engine, {
          signal: stop,
          onProgress: (progress) =>
            tell.progress(runStatus(this.words, jobs.get(progress.run.job), progress, clock.now())),
          onTrouble: (error) => tell.say(messageOf(error)),
        });
        // A slice may outlast what `drive` waits for.
        if (stop.aborted) await driver.stop();
        return statusOf(await find());
      },
      pause: async () => {
        const run = await find();
        if (run === null) return null;
        const paused = await runs.control(run, 'pause').catch((error) => {
          if (isTobiishiError(error, 'wrong-status')) return find();
          throw error;
        });
        return statusOf(paused);
      },
      rows: async function* (format) {
        yield* rowsFile(store, await runs.findAny(id), format);
      },
    };
  }

  async #status(run: Run): Promise<RunStatusJson> {
    const { driver, jobs, clock } = this.engine;
    return runStatus(this.words, jobs.get(run.job), await driver.show(run), clock.now());
  }

  #resumeCommand(id: string): string {
    const { command, operand, texts } = this.line;
    const jobs = [texts.jobs, command === 'run' && this.ownJob !== null ? operand : null]
      .filter((each) => each)
      .join(',');
    const database = texts.database === undefined ? '' : ` --database ${quoted(texts.database)}`;
    return `npx tobiishi resume ${id}${jobs === '' ? '' : ` --jobs ${quoted(jobs)}`}${database}`;
  }
}

function failuresTo(tell: (text: string) => void, words: () => Words): Observer {
  return {
    stepFailed({ run, step, failure, next }) {
      const why = failureText(words(), run.job, failure);
      tell(words().t(next === 'retry' ? 'cli.stepRetried' : 'cli.stepFailed', { position: step.position, why }));
    },
    fault: ({ error }) => tell(messageOf(error)),
  };
}

async function keptFile(uploads: UploadStore, visitorId: string, path: string): Promise<Upload> {
  const content = createReadStream(path);
  const kept = await uploads
    .write({ visitorId, network: null }, { name: basename(path), type: 'application/octet-stream' }, content)
    .catch((cause: NodeJS.ErrnoException) => {
      throw cause.syscall === undefined ? cause : said(`--file: ${cause.message}`, { cause });
    });
  return uploadOf(kept, uploads);
}

/** For a shell, where it needs to be. */
function quoted(text: string): string {
  return /^[\w./:@,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
