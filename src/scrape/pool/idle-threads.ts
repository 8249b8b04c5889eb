import { WorkerThread } from './worker-thread.js';

/** A thread that has nothing to do is ended, with all the memory it holds, and at once where so many others have nothing. */
const IDLE_MS = 30_000;
const MOST_IDLE = 3;
/** Once one was used: to start beside two at work takes a thread a quarter of a second. */
const SPARE = 2;

/** Threads that have nothing to do. */
export class IdleThreads {
  readonly #idle: { readonly thread: WorkerThread; readonly end: NodeJS.Timeout }[] = [];
  #usedAt = 0;

  constructor(private readonly heapMb: number) {}

  get count(): number {
    return this.#idle.length;
  }

  /** Starts what is missing of so many: to start one when it is needed keeps somebody waiting. They are taken last. */
  keepSpare(count = SPARE): void {
    while (this.#idle.length < count) this.#idle.unshift(this.#untilIdle(new WorkerThread(this.heapMb)));
  }

  take(): WorkerThread {
    const idle = this.#idle.pop();
    if (!idle) return new WorkerThread(this.heapMb);
    clearTimeout(idle.end);
    return idle.thread.hasEnded ? this.take() : idle.thread;
  }

  put(thread: WorkerThread): void {
    if (thread.hasEnded) return;
    if (this.#idle.length >= MOST_IDLE) {
      thread.end();
      return;
    }
    this.#usedAt = performance.now();
    this.#idle.push(this.#untilIdle(thread));
  }

  #untilIdle(thread: WorkerThread) {
    const end = setTimeout(() => {
      // A spare one holds nothing yet, and would be started again.
      if (thread.isNew && performance.now() - this.#usedAt < IDLE_MS) {
        end.refresh();
        return;
      }
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.thread === thread),
        1,
      );
      thread.end();
    }, IDLE_MS);
    end.unref();
    return { thread, end };
  }

  close(): void {
    for (const { thread, end } of this.#idle.splice(0)) {
      clearTimeout(end);
      thread.end('closed');
    }
  }
}
