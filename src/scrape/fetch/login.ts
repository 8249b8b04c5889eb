import { type Failure, type StepContext, StepError, type StepMemory } from '../../index.js';
import type { TaskArguments, TaskResult } from '../pool/tasks.js';
import type { WorkerPool } from '../pool/worker-pool.js';
import { webAddress } from '../read/address.js';
import { siteOf } from './cookies.js';
import { reasonParams } from './failures.js';
import type { Fetcher, Page } from './fetch.js';
import type { EncodedForm } from './form-encoding.js';
import type { Identity } from './identity.js';
import type { Politeness } from './politeness.js';

export interface LoginOptions {
  readonly fetcher: Fetcher;
  /** Where pages are looked through for forms. */
  readonly pool: WorkerPool;
  readonly politeness: Politeness;
  readonly identity: Identity;
  readonly context: Pick<StepContext, 'owner' | 'runId' | 'signal' | 'clock' | 'cache' | 'keep'>;
  /** Where the form is. */
  readonly address: string;
  /** What is typed into it, by the names of its fields. */
  readonly fields: ReadonlyMap<string, string>;
}

/** What a run knows of its login. `failure`: why it did not work, so that not every page tries it again. */
interface LoginState {
  readonly at: number;
  readonly failure: Failure | null;
}

const NO_BYTES = new Uint8Array();
const KEPT_MS = 30 * 24 * 60 * 60_000;
/** A login that is lost sooner than this is none: logging in again and again would lock the account. */
const LEAST_APART_MS = 60_000;

/** Logs a run in: once before its first page of the site, and again when the login is lost. */
export class Login {
  readonly #url: URL | null;
  /** For a preview, which has no run to keep it for. */
  #state: LoginState | null = null;

  constructor(private readonly options: LoginOptions) {
    this.#url = webAddress(options.address);
  }

  /** Whether the site of an address is the one that is logged in to. */
  concerns(url: URL): boolean {
    return this.#url !== null && siteOf(this.#url) === siteOf(url);
  }

  /** Throws `login-failed`, which is final: what was refused once is not tried with every page. */
  async ensure(): Promise<void> {
    const { failure } = (await this.#keptState()) ?? (await this.#logIn());
    if (failure !== null) throw failed(failure);
  }

  /** Whether an address or a page is where those are sent who are not logged in. */
  async isLost(result: URL | Page): Promise<boolean> {
    if (result instanceof URL) {
      return result.origin === this.#url?.origin && result.pathname === this.#url.pathname;
    }
    return this.concerns(new URL(result.url)) && (await this.#look('asksForLogin', result));
  }

  /** Throws `login-failed` when that was done just before. */
  async again(): Promise<void> {
    const before = await this.#keptState();
    if (before !== null && this.options.context.clock.now() - before.at < LEAST_APART_MS) {
      throw failed(refused('login-lost', 'the site asks for a login again just after one'));
    }
    const { failure } = await this.#logIn();
    if (failure !== null) throw failed(failure);
  }

  async #keptState(): Promise<LoginState | null> {
    const { runId, cache } = this.options.context;
    if (runId === '') return this.#state;
    const text = await cache(keyOf(runId), 0, async () => '');
    return text === '' ? null : JSON.parse(text);
  }

  async #logIn(): Promise<LoginState> {
    const { context, politeness } = this.options;
    const failure = await politeness
      .withMemory((memory) => this.#send(memory))
      .catch((error: unknown) => {
        if (error instanceof StepError && !error.retry) return error.failure;
        throw error;
      });
    this.#state = { at: context.clock.now(), failure };
    if (context.runId !== '') await context.keep(keyOf(context.runId), JSON.stringify(this.#state), KEPT_MS);
    return this.#state;
  }

  /** Why it did not work; null when it did. Says nothing of what was typed. */
  async #send(memory: StepMemory): Promise<Failure | null> {
    const { address, fields } = this.options;
    const form = await this.#look('fillForm', await this.#fetch(address, memory));
    // What follows may have to wait for its turn.
    await memory.hold(0);
    const names = [...fields.keys()];
    if (form === null) {
      const reason = `there is no form with the fields ${names.join(', ')} at ${address}`;
      return refused('login-no-form', reason, { address, names });
    }
    if (form.method === 'GET') return refused('login-by-address', 'the form would put what was typed into an address');
    if (this.#url === null || siteOf(new URL(form.action)) !== siteOf(this.#url))
      return refused('login-elsewhere', 'the form is sent to another site');
    if (this.#url.protocol === 'https:' && !form.action.startsWith('https:'))
      return refused('login-not-https', 'the form is not sent by https');
    const answer = await this.#fetch(form.action, memory, form);
    const isAsked = await this.#look('asksForLogin', answer);
    return isAsked ? refused('login-asked-again', 'the site asked for a login again') : null;
  }

  #look<N extends 'fillForm' | 'asksForLogin'>(name: N, { bytes, charset, url }: Page): Promise<TaskResult<N>> {
    const { pool, context, fields } = this.options;
    // The bytes are not handed over: the page is still to be read.
    const task = { owner: context.owner, bytes: NO_BYTES, signal: context.signal };
    return pool.run(name, [{ bytes, charset, url }, fields] as TaskArguments<N>, task);
  }

  #fetch(url: string, memory: StepMemory, form?: EncodedForm): Promise<Page> {
    const { fetcher, politeness, identity, context } = this.options;
    return fetcher.fetch(url, {
      signal: context.signal,
      politeness,
      identity,
      memory,
      // robots.txt is for programs that look around; this is what the visitor does at the site by name.
      needsPermission: false,
      accept: 'anything',
      takesCut: true,
      ...(form !== undefined && { form }),
    });
  }
}

function keyOf(runId: string): string {
  return `${runId}:login`;
}

function refused(code: string, message: string, params: Failure['params'] = {}): Failure {
  return { code, message, params };
}

function failed(why: Failure): StepError {
  return new StepError('login-failed', `not logged in: ${why.message}`, { params: reasonParams(why), retry: false });
}
