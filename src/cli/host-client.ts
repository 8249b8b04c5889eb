import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.js';
import type { Words } from '../http/words.js';
import { said, UsageError } from './exit-codes.js';

/** After the first answer that was not ours; then twice as long each time. */
const FIRST_PAUSE_MS = 3000;
const LONGEST_PAUSE_MS = 30_000;
/** Whatever `Retry-After` says. */
const LEAST_PAUSE_MS = 1000;

type FormContents = FormData | URLSearchParams;

export interface Answer {
  /** 0 when it was told to stop before Tobiishi had answered. */
  readonly status: number;
  readonly location: string | null;
  /** Empty where the answer has no JSON. */
  readonly json: object;
}

interface AskOptions {
  /** Makes it a POST. It must be one that may be sent again. */
  readonly body?: FormContents;
  readonly stop?: AbortSignal;
  say?(text: string): void;
}

/** What came instead of a whole answer of Tobiishi. */
interface Cut {
  /** 0 when the connection broke. */
  readonly status: number;
  /** Why it broke; null when there was an answer. */
  readonly message: string | null;
  readonly retryAfterMs: number | null;
}

/** Asks a Tobiishi behind a host that may cut requests, answer itself, or be away. Keeps its session in a file. */
export class HostClient {
  readonly #cookies: Map<string, string>;
  #hasAnswered = false;

  /** `at` is where Tobiishi answers, without a slash at its end. */
  constructor(
    private readonly at: string,
    private readonly sessionsFile: string,
    private readonly words: Words,
  ) {
    this.#cookies = new Map(Object.entries(sessionsIn(sessionsFile)[at] ?? {}));
  }

  /**
   * Asks until Tobiishi itself answers, whole, however often the host answers instead. Throws a `UsageError` when the first
   * answer of all comes from nobody, or from something else.
   */
  async ask(path: string, { body, stop, say }: AskOptions = {}): Promise<Answer> {
    let learned = '';
    for (let tries = 1; ; tries += 1) {
      const startedAt = performance.now();
      const got = await this.#once(`${path}${learned}`, body);
      if ('json' in got) return got;
      if (!this.#hasAnswered && (got.status === 0 || (got.status < 500 && got.status !== 429))) {
        throw new UsageError('nobody-there', { at: this.at, why: this.#whyOf(got) });
      }
      const pauseMs = got.retryAfterMs ?? Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
      say?.(this.words.t('cli.askAgain', { why: this.#whyOf(got), seconds: Math.ceil(pauseMs / 1000) }));
      // With this the server learns how long its host lets a request take.
      const afterMs = Math.round(performance.now() - startedAt);
      if (path.includes('?seq=')) learned = `&cut=${got.status}&after=${afterMs}&try=${tries}`;
      await sleep(pauseMs, undefined, stop && { signal: stop }).catch(() => {});
      if (stop?.aborted) return { status: 0, location: null, json: {} };
    }
  }

  /** The bytes of a file. Throws a `UsageError` when the host cuts it. */
  async *download(path: string): AsyncGenerator<Uint8Array> {
    const response = await this.#fetch(path);
    if (response.status !== 200 || !isOurs(response) || response.body === null) {
      throw new UsageError('no-rows', { status: response.status });
    }
    try {
      yield* response.body;
    } catch (cause) {
      throw new UsageError('rows-cut', {}, { cause });
    }
  }

  #whyOf({ status, message }: Cut): string {
    return message ?? this.words.t('cli.hostAnswers', { status: String(status) });
  }

  async #once(path: string, body?: FormContents): Promise<Answer | Cut> {
    try {
      const response = await this.#fetch(path, body);
      const { status, headers } = response;
      const text = await response.text();
      if (!isOurs(response) || status === 503 || status === 429) {
        return { status, message: null, retryAfterMs: retryAfterMs(headers) };
      }
      this.#hasAnswered = true;
      const isJson = headers.get('content-type')?.includes('json');
      return { status, location: headers.get('location'), json: isJson ? JSON.parse(text) : {} };
    } catch (error) {
      const { cause } = error as Error;
      return { status: 0, message: messageOf(cause ?? error), retryAfterMs: null };
    }
  }

  async #fetch(path: string, body?: FormContents): Promise<Response> {
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${this.at}${path}`, {
      ...(body !== undefined && { method: 'POST', body }),
      headers: { accept: 'application/json', 'accept-language': this.words.language, ...(cookie !== '' && { cookie }) },
      redirect: 'manual',
    });
    this.#keepCookies(response.headers.getSetCookie());
    return response;
  }

  #keepCookies(lines: readonly string[]): void {
    const before = JSON.stringify([...this.#cookies]);
    for (const line of lines) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
    if (JSON.stringify([...this.#cookies]) === before) return;
    const sessions = { ...sessionsIn(this.sessionsFile), [this.at]: Object.fromEntries(this.#cookies) };
    mkdirSync(dirname(this.sessionsFile), { recursive: true });
    // Whoever has a session's cookie has its runs. Renamed: another command that reads it meanwhile finds it whole.
    const whole = `${this.sessionsFile}.${process.pid}`;
    writeFileSync(whole, JSON.stringify(sessions, null, 2), { mode: 0o600 });
    renameSync(whole, this.sessionsFile);
  }
}

function isOurs({ headers }: Response): boolean {
  return headers.has('tobiishi');
}

/** Seconds, or a date. */
function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, LEAST_PAUSE_MS), 10 * LONGEST_PAUSE_MS) : null;
}

/** Cookies by where Tobiishi is; none when there is no such file. */
function sessionsIn(file: string): Record<string, Record<string, string>> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw said(`${file}: ${messageOf(error)}`);
  }
}
