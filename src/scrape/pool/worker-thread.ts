import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { StepError } from '../../index.js';
import type { Reply, Request } from './messages.js';

const MODULE = new URL('./worker.js', import.meta.url);

/** The worker ended before it had an answer. */
export type Ended = { readonly type: 'out-of-memory' } | { readonly type: 'ended' };

/** One thread, which does one thing at a time. It keeps the process alive only while it has something to do. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #threadId: string | null = null;
  /** When it was first asked what the task at hand has cost; null before. */
  #since: number | null = null;
  #answer: ((reply: Reply | Ended) => void) | null = null;
  #end: Ended | { readonly type: 'error'; readonly error: unknown } | null = null;

  constructor(heapMb: number) {
    // The flag counts for every isolate that begins, and against its `resourceLimits`; this process itself has begun.
    setFlagsFromString('--max-old-space-size=0');
    const worker = new Worker(MODULE, { resourceLimits: { maxOldGenerationSizeMb: heapMb }, stdout: false });
    this.#worker = worker;
    worker.unref();
    this.#ready = new Promise((resolve) => {
      worker.on('message', (reply: Reply) => {
        if (reply.type !== 'ready') return this.#settle(reply);
        this.#threadId = reply.threadId;
        resolve();
      });
      worker.on('error', (error: NodeJS.ErrnoException) => {
        const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        this.#end ??= isMemory ? { type: 'out-of-memory' } : { type: 'error', error };
      });
      worker.on('exit', () => {
        this.#end ??= { type: 'ended' };
        this.#settle(this.#end);
        resolve();
      });
    });
  }

  get hasEnded(): boolean {
    return this.#end !== null;
  }

  /** Rejects with what the task threw. */
  async run<T>(request: Request, transfer: readonly TransferListItem[]): Promise<{ readonly result: T } | Ended> {
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
      this.#worker.unref();
    }
  }

  /**
   * What the task at hand has cost since this was first asked: to ask takes longer than many a task. Where the system does not
   * tell, time that passed stands for it.
   */
  get spentMs(): number {
    if (this.#answer === null) return 0;
    this.#since ??= this.#cpuMs();
    return this.#cpuMs() - this.#since;
  }

  end(): void {
    this.#end ??= { type: 'ended' };
    void this.#worker.terminate();
  }

  #ask({ name, args }: Request, transfer: readonly TransferListItem[]): Promise<Reply | Ended> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#worker.postMessage({ name, args }, transfer);
    });
  }

  #settle(reply: Reply | Ended): void {
    this.#since = null;
    this.#answer?.(reply);
    this.#answer = null;
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
