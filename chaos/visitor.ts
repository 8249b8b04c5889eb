import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

/** What visitors saw that nobody may see, and what they had to do. */
export interface Diary {
  readonly problems: Problem[];
  answers: number;
  /** Answers that were not Tobiishi's, or none: asked again. */
  troubles: number;
  retriesPressed: number;
  snapshots: number;
}

export interface Problem {
  readonly run: string;
  readonly rule: string;
  readonly detail: string;
}

export interface RunHeader {
  readonly status: string;
  readonly seq: number;
  readonly total: number;
}

interface Reply {
  readonly status: number;
  readonly location: string | null;
  readonly run: RunHeader | null;
  readonly text: string;
}

const GIVE_UP_AFTER_MS = 15_000;
const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 1000;
/** Between two answers that show the same seq, so that a run that waits is not asked a thousand times a second. */
const REST_MS = 25;
/** Between two looks of somebody whose page is closed. */
const LOOK_EVERY_MS = 500;
const SNAPSHOT_EVERY = 5;

/** Somebody with a cookie jar, one run, and one or more tabs that show it. */
export class Visitor {
  readonly #cookies = new Map<string, string>();
  /** The most rows that were seen. */
  rows: readonly unknown[] = [];
  path: string | null = null;
  #pressing = false;

  /** The session's; empty before the first answer. */
  get cookie(): string {
    return this.#cookies.get('tobiishi') ?? '';
  }

  constructor(
    private readonly origin: string,
    private readonly diary: Diary,
    /** No request is begun after it aborts. */
    private readonly over: AbortSignal,
  ) {}

  /** Fills in the job's form and sends it, until a run is there. Its path, or null when time was up first. */
  async start(job: string, fields: Readonly<Record<string, string>>): Promise<string | null> {
    for await (const _ of this.#attempts()) {
      const form = await this.#ask(`/jobs/${job}`);
      const token = /name="_csrf" value="([^"]+)"/.exec(form?.text ?? '')?.[1];
      if (form?.status !== 200 || token === undefined) continue;
      const answer = await this.#ask('/runs', { job, ...fields, _csrf: token });
      if (answer?.status === 422) throw new Error(`job ${job} refuses ${JSON.stringify(fields)}:\n${answer.text}`);
      if (answer?.status === 303 && answer.location) this.path = answer.location;
      // When the answer was lost on its way, the home page knows whether there is a run.
      this.path ??= (await this.#ownRuns())?.[0] ?? null;
      if (this.path !== null) return this.path;
    }
    return null;
  }

  /**
   * Asks for step after step, as a page does, until the run is done; presses Retry when it failed. The last status
   * that was seen, `unknown` when there was none before time was up. With `isAway` it only looks, which executes nothing.
   */
  async drive(path: string, isAway = false): Promise<string> {
    let seq = 0;
    let status = 'unknown';
    let pages = 0;
    let tries = 0;
    for await (const again of this.#attempts()) {
      // As the service worker says it.
      const reply = await this.#ask(isAway ? path : `${path}?seq=${seq}${tries > 0 ? `&try=${tries}` : ''}`);
      tries += 1;
      if (reply?.run && reply.status === 200) {
        const { run } = reply;
        tries = 0;
        if (run.seq < seq) this.#problem(path, 'went-back', `from ${seq} to ${run.seq}`);
        const moved = run.seq > seq;
        [seq, status] = [run.seq, run.status];
        if (status === 'failed') await this.#retry(path, reply.text);
        else if (status !== 'running') {
          await this.#snapshot(path);
          return status;
        }
        pages += 1;
        if (pages % SNAPSHOT_EVERY === 0) await this.#snapshot(path);
        again.after(isAway ? LOOK_EVERY_MS : moved ? 0 : Math.max(REST_MS, refreshMs(reply.text)));
      } else if (reply?.status === 404 || reply?.status === 403 || reply?.status === 400) {
        this.#problem(path, 'refused', `${reply.status} for ?seq=${seq}`);
      }
    }
    return status;
  }

  /** Runs of this visitor that a lost answer left behind. Empty when time was up first. */
  async forgotten(): Promise<string[]> {
    for await (const _ of this.#attempts()) {
      const own = await this.#ownRuns();
      if (own !== null) return own.filter((path) => path !== this.path);
    }
    return [];
  }

  /** Null when the home page did not come. */
  async #ownRuns(): Promise<string[] | null> {
    const home = await this.#ask('/');
    return home?.status === 200 ? [...new Set(home.text.match(/\/runs\/[\w-]{22}/g))] : null;
  }

  /** As the visitor would: with the token of the page's own form. Other tabs see the run go on. */
  async #retry(path: string, page: string): Promise<void> {
    const token = /name="_csrf" value="([^"]+)"/.exec(page)?.[1];
    if (token === undefined || this.#pressing) return;
    this.#pressing = true;
    const answer = await this.#ask(`${path}/retry`, { _csrf: token });
    this.#pressing = false;
    if (answer?.status === 303) this.diary.retriesPressed += 1;
  }

  /** What was recorded stays as it is: of two readings, the shorter is the beginning of the longer. */
  async #snapshot(path: string): Promise<void> {
    const reply = await this.#ask(`${path}/rows.ndjson`);
    if (reply?.status !== 200 || reply.run === null) return;
    // What follows the last line break was cut on the way.
    const lines = reply.text.split('\n').slice(0, -1);
    const rows = lines.map((line): unknown => JSON.parse(line));
    const [shorter, longer] = rows.length < this.rows.length ? [rows, this.rows] : [this.rows, rows];
    if (path === this.path) {
      if (!isBeginning(shorter, longer)) this.#problem(path, 'row-changed', 'between two readings of a visitor');
      this.rows = longer;
    }
    this.diary.snapshots += 1;
  }

  /** Null when there was no answer, or not the whole of it. */
  async #ask(path: string, form?: Readonly<Record<string, string>>): Promise<Reply | null> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    try {
      const response = await fetch(new URL(path, this.origin), {
        ...(form && { method: 'POST', body: new URLSearchParams(form) }),
        headers: cookie ? { cookie } : {},
        redirect: 'manual',
        signal: AbortSignal.timeout(GIVE_UP_AFTER_MS),
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        this.#cookies.set(name, value);
      }
      const text = await response.text();
      const { status } = response;
      if (status === 500) this.#problem(path, 'server-error', /<h1[^>]*>[^<]*/.exec(text)?.[0] ?? text.slice(0, 200));
      if (status < 500) this.diary.answers += 1;
      else this.diary.troubles += 1;
      return { status, location: response.headers.get('location'), run: runHeader(response), text };
    } catch {
      this.diary.troubles += 1;
      return null;
    }
  }

  /** Each turn of the loop is one attempt, after a growing rest unless `after` says otherwise; ends when time is up. */
  async *#attempts(): AsyncGenerator<{ after(ms: number): void }> {
    for (let failures = 0; !this.over.aborted; ) {
      failures += 1;
      let ms = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (failures - 1));
      yield {
        after: (restMs) => {
          [failures, ms] = [0, restMs];
        },
      };
      await sleep(ms, undefined, { signal: this.over }).catch(() => {});
    }
  }

  #problem(path: string, rule: string, detail: string): void {
    this.diary.problems.push({ run: /[\w-]{22}/.exec(path)?.[0] ?? '', rule, detail: `${path}: ${detail}` });
  }
}

export function isBeginning(shorter: readonly unknown[], longer: readonly unknown[]): boolean {
  return isDeepStrictEqual(shorter, longer.slice(0, shorter.length));
}

function runHeader(response: Response): RunHeader | null {
  const text = response.headers.get('tobiishi-run') ?? '';
  const match = /^status=(\w+); seq=(\d+); total=(\d+)$/.exec(text);
  return match && { status: String(match[1]), seq: Number(match[2]), total: Number(match[3]) };
}

/** How long the page waits before it asks again by itself. */
function refreshMs(page: string): number {
  return Number(/http-equiv="refresh" content="(\d+)/.exec(page)?.[1] ?? 0) * 1000;
}
