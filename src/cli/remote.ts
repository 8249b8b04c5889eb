import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Words } from '../http/words.js';
import type { FormJson } from '../pages/job/form.js';
import type { RunStatusJson } from '../pages/run/status.js';
import type { CommandLine } from './arguments.js';
import { said, UsageError } from './exit-codes.js';
import type { DrivenRun, Told } from './follow.js';
import type { Answer, HostClient } from './host-client.js';
import { readRecipe } from './recipe.js';

/** A run that cannot go on is asked for no more often than this. */
const LEAST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** The runs of this user on another server, driven over HTTP by the protocol. */
export class RemoteRuns {
  constructor(
    readonly words: Words,
    private readonly line: CommandLine,
    private readonly at: string,
    private readonly client: HostClient,
  ) {}

  async close(): Promise<void> {}

  /** Throws a `UsageError` with what the server says of each wrong field. */
  async start(): Promise<DrivenRun> {
    const { fields, files, texts, operand } = this.line;
    const recipe = texts.recipe === undefined ? null : await readRecipe(texts.recipe);
    const name = operand ?? recipe?.job;
    if (name === undefined) throw new UsageError('which-job');
    const form = await this.#form(name);
    const body = new FormData();
    const set = (field: string, value: string) => {
      if (!form.fields.some((each) => each.name === field)) {
        const fields = form.fields.map((each) => each.name).join(', ');
        throw new UsageError('no-field', { job: form.job, field, fields });
      }
      body.set(field, value);
    };
    // As a browser would send it: a box only when it is ticked.
    for (const { name: field, kind, checked, value } of form.fields) {
      if (kind === 'checkbox' ? checked : kind !== 'file') body.set(field, kind === 'checkbox' ? 'on' : value);
    }
    for (const [field, value] of Object.entries({ ...recipe?.fields, ...fields })) set(field, value);
    for (const [field, value] of [
      ['job', form.job],
      ['_csrf', form.csrf],
      ['_key', form.key],
    ] as const) {
      body.set(field, value);
    }
    // Behind the token: without it no file is read.
    for (const [field, path] of Object.entries(files)) {
      set(field, '');
      body.delete(field);
      body.set(field, new Blob([await bytesOf(path)]), basename(path));
    }
    const answer = await this.client.ask('/runs', { body });
    if (answer.status !== 303) throw refusal(answer);
    return this.#driven((answer.location ?? '').split('/').at(-1) ?? '');
  }

  async resume(id: string): Promise<DrivenRun> {
    const { status } = await this.#status(id);
    if (status === 'cancelled') throw new UsageError('cancelled');
    if (status === 'paused') await this.#control(id, 'resume');
    if (status === 'failed') await this.#control(id, 'retry');
    return this.#driven(id);
  }

  async find(id: string): Promise<DrivenRun> {
    await this.#status(id);
    return this.#driven(id);
  }

  async #form(job: string): Promise<FormJson> {
    const answer = await this.client.ask(`/jobs/${encodeURIComponent(job)}`);
    if (answer.status !== 200) throw refusal(answer);
    return answer.json as FormJson;
  }

  /** Throws a `UsageError` when the server has no such run of this user's. */
  async #status(id: string): Promise<RunStatusJson> {
    const answer = await this.client.ask(`/runs/${encodeURIComponent(id)}`);
    if (answer.status !== 200) throw refusal(answer);
    return answer.json as RunStatusJson;
  }

  /** One that has changed meanwhile is as it is. */
  async #control(id: string, action: 'pause' | 'resume' | 'retry'): Promise<void> {
    const { job } = await this.#status(id);
    const { csrf } = await this.#form(job);
    const body = new URLSearchParams({ _csrf: csrf });
    const answer = await this.client.ask(`/runs/${encodeURIComponent(id)}/${action}`, { body });
    if (answer.status !== 303 && answer.status !== 409) throw refusal(answer);
  }

  #driven(id: string): DrivenRun {
    return {
      resumeCommand: `npx tobiishi resume ${id} --at ${this.at}`,
      drive: (stop, told) => this.#drive(id, stop, told),
      pause: async () => {
        await this.#control(id, 'pause');
        return this.#status(id);
      },
      rows: (format) => this.client.download(`/runs/${encodeURIComponent(id)}/rows.${format}`),
    };
  }

  async #drive(id: string, stop: AbortSignal, { progress, say }: Told): Promise<RunStatusJson | null> {
    let run = await this.#status(id);
    while (run.status === 'running' && !stop.aborted) {
      const [seq, startedAt] = [run.seq, performance.now()];
      const answer = await this.client.ask(`/runs/${encodeURIComponent(id)}?seq=${seq}`, { stop, say });
      // Told to stop while the host was away: nobody knows any better than before.
      if (answer.status === 0) break;
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw refusal(answer);
      run = answer.json as RunStatusJson;
      progress(run);
      const tooSoonMs = run.seq === seq ? LEAST_PAUSE_MS - (performance.now() - startedAt) : 0;
      const pauseMs = Math.max(run.workingMs === null ? run.waitMs : 0, tooSoonMs);
      if (run.status === 'running' && pauseMs > 0) {
        await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS), undefined, { signal: stop }).catch(() => {});
      }
    }
    return run;
  }
}

/** What the server says of a request that it does not do. */
function refusal({ status, json }: Answer): UsageError {
  const { message, problem, fields = [] } = json as { message?: string } & Partial<FormJson>;
  const wrong = fields.flatMap(({ name, error }) => (error === null ? [] : [`${name}: ${error}`]));
  const texts = [message, problem, ...wrong].filter((each) => each != null);
  return texts.length > 0 ? said(texts.join('\n')) : new UsageError('answer', { status });
}

async function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await readFile(path).catch((cause) => {
      throw said(`--file: ${cause.message}`, { cause });
    }),
  );
}
