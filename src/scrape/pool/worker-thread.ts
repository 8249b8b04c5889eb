import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { StepError } from '../../index.js';
import type { Reply, Request } from './messages.js';

const MODULE = new URL('./worker.js', import.meta.url);

/** The worker ended before it had an answer; `not-begun`: because of what it was asked before. */
export type Ended = { readonly type: 'out-of-memory' | 'ended' | 'closed' | 'not-begun' };

interface Asked {
  readonly request: Request;
  readonly answer: (reply: Reply | Ended) => void;
}

/** One thread, which does one thing after the other. It keeps the process alive only while it has something to do. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #threadId: string | null = null;
  /** When it was first asked what the task at hand has cost; null before. */
  #since: number | null = null;
  /** Of the last task that has its answer. */
  tookMs = Infinity;
  /** What has no answer yet; the first is at hand. */
  readonly #asked: Asked[] = [];
  #begunAt = 0;
  #runs = 0;
  #isLast = false;
  #end: Ended | { readonly type: 'error'; readonly error: unknown } | null = null;
  /** What was at hand when the thread was told to end. Its answer may have been on its way: what came next is not to blame. */
  #endedAt: Asked | null = null;

  constructor(heapMb: number) {
    // The flag counts for every isolate that begins, and against its `resourceLimits`; this process itself has begun.
    setFlagsFromString('--max-old-space-size=0');
    const worker = new Worker(MODULE, { resourceLimits: { maxOldGenerationSizeMb: heapMb }, stdout: false });
    this.#worker = worker;
    this.#ready = new Promise((resolve) => {
      worker.on('message', (reply: Reply) => {
        if (reply.type !== 'ready') {
          this.#settle(this.#asked.shift(), reply);
          if (this.#isLast) this.end();
          return;
        }
        this.#threadId = reply.threadId;
        resolve();
      });
      worker.on('error', (error: NodeJS.ErrnoException) => {
        const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        this.#end ??= isMemory ? { type: 'out-of-memory' } : { type: 'error', error };
      });
      worker.on('exit', () => {
        this.#end ??= { type: 'ended' };
        const atHand = this.#endedAt ?? this.#asked[0];
        for (const each of this.#asked.splice(0)) {
          const isEnded = each === atHand || this.#end.type === 'closed';
          this.#settle(each, isEnded ? this.#end : { type: 'not-begun' });
        }
        resolve();
      });
    });
    // After the listeners: to listen for messages holds the process again.
    worker.unref();
  }

  /** It was never asked anything. */
  get isNew(): boolean {
    return this.tookMs === Infinity && this.#runs === 0;
  }

  get hasEnded(): boolean {
    return this.#end !== null;
  }

  /** Rejects with what the task threw. */
  async run<T>(request: Request, transfer: readonly TransferListItem[]): Promise<{ readonly result: T } | Ended> {
    this.#runs += 1;
    this.#worker.ref();
    try {
      await this.#ready;
      const reply = this.#end ?? (await this.#ask(request, transfer));
      switch (reply.type) {
        case 'result':
          return { result: reply.result as T };
        case 'failure': {
          const { code, message, params } = reply.failure;
          throw new StepError(code, message, { params, retry: reply.retry });
        }
        case 'error':
          throw reply.error;
        case 'ready':
          throw new Error('the worker is ready twice');
        default:
          return reply;
      }
    } finally {
      this.#runs -= 1;
      if (this.#runs === 0) this.#worker.unref();
    }
  }

  /** Whether this is the request at hand: one that came after others begins when these are done. */
  isAt(request: Request): boolean {
    return this.#asked[0]?.request === request;
  }

  /**
   * What the task at hand has cost since this was first asked: to ask takes longer than many a task. Where the system does not
   * tell, time that passed stands for it.
   */
  get spentMs(): number {
    if (this.#asked.length === 0) return 0;
    this.#since ??= this.#cpuMs();
    return this.#cpuMs() - this.#since;
  }

  /** The request at hand is the last: those behind it have not begun, and the thread ends with it when there are any. */
  isLeft(): void {
    const [, ...others] = this.#asked;
    this.#isLast = others.length > 0;
    for (const each of others) each.answer({ type: 'not-begun' });
  }

  end(type: 'ended' | 'closed' = 'ended'): void {
    if (this.#end === null || type === 'closed') this.#end = { type };
    this.#endedAt ??= this.#asked[0] ?? null;
    void this.#worker.terminate();
  }

  #ask(request: Request, transfer: readonly TransferListItem[]): Promise<Reply | Ended> {
    return new Promise((answer) => {
      // First, since it throws what cannot be handed over: that is never answered.
      this.#worker.postMessage(request, transfer);
      if (this.#asked.length === 0) this.#begunAt = performance.now();
      this.#asked.push({ request, answer });
    });
  }

  #settle(asked: Asked | undefined, reply: Reply | Ended): void {
    const now = performance.now();
    this.tookMs = now - this.#begunAt;
    this.#begunAt = now;
    this.#since = null;
    asked?.answer(reply);
  }

  /** https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat: nanoseconds on the CPU come first. */
  #cpuMs(): number {
    if (this.#threadId === null) return performance.now();
    try {
      const [nanoseconds] = readFileSync(`/proc/self/task/${this.#threadId}/schedstat`, 'latin1').split(' ');
      return Number(nanoseconds) / 1e6;
    } catch {
      // It has just ended.
      return this.#since ?? 0;
    }
  }
}
