import { availableParallelism } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { StepError } from '../../index.js';
import { FairQueue } from './fair-queue.js';
import { IdleThreads } from './idle-threads.js';
import type { TaskArguments, TaskName, TaskResult } from './tasks.js';
import type { WorkerThread } from './worker-thread.js';

export interface PoolOptions {
  /** Threads for what is quick. Default: 1, or 2 where there are at least 4 cores. One more is for what takes long. */
  readonly threads?: number | undefined;
  /** What one task may cost, in ms of CPU. Default 2000. */
  readonly cpuMs?: number | undefined;
  /** What the objects of one thread may take, in MB. Default: a third of what this process may have, 256 at most. */
  readonly heapMb?: number | undefined;
}

export interface TaskOptions {
  /** Whose task it is: owners take turns. */
  readonly owner: string;
  /** Those of the arguments; when there are many they are handed over, and the caller has them no more. */
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal;
}

/** A task that a thread has. */
interface Work {
  readonly task: Task;
  readonly thread: WorkerThread;
  lane: Lane;
}

interface Task {
  readonly name: TaskName;
  readonly args: readonly unknown[];
  readonly options: TaskOptions;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** More bytes than these take long in any case. */
const MOST_QUICK_BYTES = 256 * 1024;
/** What takes longer goes on as a long task when somebody waits and none is under way; else it begins anew, after longer. */
const LATE_CPU_MS = 25;
const QUICK_CPU_MS = 100;
const CHECKED_EVERY_MS = 25;
/** Whose task was not quick is not believed to have quick ones for so long. */
const DISTRUSTED_MS = 60_000;
const MOST_DISTRUSTED = 1000;
/** While tasks take no longer the next one waits in the thread, which need not wait for it then. */
const AT_HAND_MS = 10;

/**
 * Worker threads for what strangers make expensive. A task that costs more than it may ends with its thread, and is the
 * failure `page-too-costly`. Quick tasks never wait for long ones. Time is real time here: it is CPU that is counted.
 */
export class WorkerPool {
  readonly #cpuMs: number;
  readonly #heapMb: number;
  readonly #idle: IdleThreads;
  readonly #quick: Lane;
  readonly #long: Lane;
  readonly #atWork = new Set<Work>();
  readonly #distrusted = new Map<string, number>();

  constructor({
    threads = availableParallelism() < 4 ? 1 : 2,
    cpuMs = 2000,
    heapMb = defaultHeapMb(),
  }: PoolOptions = {}) {
    this.#cpuMs = cpuMs;
    this.#heapMb = heapMb;
    this.#idle = new IdleThreads(heapMb);
    const work = (given: Work) => this.#work(given);
    this.#quick = new Lane(threads, this.#idle, true, work);
    this.#long = new Lane(1, this.#idle, false, work);
  }

  /** Starts a thread when there is none, so that who fetches a page first need not wait for it afterwards. */
  prepare(): void {
    if (this.#quick.load.working === 0) this.#idle.keepSpare(1);
  }

  /** Rejects with what the task throws, `page-too-costly`, or the reason of `signal`. */
  run<N extends TaskName>(name: N, args: TaskArguments<N>, options: TaskOptions): Promise<TaskResult<N>> {
    const { signal } = options;
    signal.throwIfAborted();
    let abort = () => {};
    const done = new Promise<TaskResult<N>>((resolve, reject) => {
      abort = () => reject(signal.reason);
      const task: Task = { name, args, options, resolve: resolve as Task['resolve'], reject };
      this.#add(task);
    });
    signal.addEventListener('abort', abort);
    return done.finally(() => signal.removeEventListener('abort', abort));
  }

  /** Threads that there are, those at work, and tasks that wait for one. */
  get load(): { readonly threads: number; readonly working: number; readonly waiting: number } {
    const [quick, long] = [this.#quick.load, this.#long.load];
    const working = quick.working + long.working;
    return { threads: working + this.#idle.count, working, waiting: quick.waiting + long.waiting };
  }

  /** Ends all threads. What they were at is rejected. */
  close(): void {
    this.#quick.close();
    this.#long.close();
    this.#idle.close();
  }

  #add(task: Task): void {
    const { owner, bytes } = task.options;
    const isLong = bytes.length > MOST_QUICK_BYTES || this.#isDistrusted(owner);
    (isLong ? this.#long : this.#quick).add(task);
  }

  async #work(work: Work): Promise<void> {
    const { task, thread } = work;
    const { name, args, options, resolve, reject } = task;
    const request = { name, args };
    const handed = work.lane === this.#long ? transferable(options.bytes) : [];
    let isMoved = false;
    let isOver = false;
    this.#atWork.add(work);
    const checks = setInterval(() => {
      if (isOver || isMoved || !thread.isAt(request)) return;
      isOver = thread.spentMs > this.#cpuMs;
      isMoved = !isOver && work.lane === this.#quick && this.#makesWay(work);
      if (isOver || isMoved) thread.end();
    }, CHECKED_EVERY_MS);
    try {
      const reply = await thread.run(request, handed);
      if ('result' in reply) resolve(reply.result);
      else if (reply.type === 'closed') reject(closed());
      else if (isMoved) {
        this.#distrust(options.owner);
        for (const each of [task, ...this.#quick.takeAll(options.owner)]) this.#long.add(each);
      } else if (reply.type === 'not-begun') this.#add(task);
      else if (isOver || reply.type === 'out-of-memory') reject(this.#tooCostly());
      else reject(new Error('the worker ended'));
    } catch (error) {
      reject(error);
    } finally {
      clearInterval(checks);
      this.#atWork.delete(work);
    }
  }

  /**
   * Of a quick task that is not done yet. When somebody waits, it goes on as a long one if none is under way; else, when it is
   * known not to be quick, or its owner has the long one, it has to begin anew behind them: true.
   */
  #makesWay(work: Work): boolean {
    this.#idle.keepSpare();
    const { spentMs } = work.thread;
    if (!this.#quick.isAwaitedBehind(work.thread) || spentMs < LATE_CPU_MS) return false;
    const { owner } = work.task.options;
    const othersWait = this.#quick.hasOthersThan(owner);
    if (!this.#long.isFree) return spentMs > QUICK_CPU_MS || (othersWait && this.#isAtLong(owner));
    // What else its owner has waiting may well be like it: others do not wait for that.
    const alike = othersWait ? this.#quick.takeAll(owner) : [];
    this.#long.takeOver(work);
    for (const each of alike) this.#long.add(each);
    return false;
  }

  #isAtLong(owner: string): boolean {
    for (const { task, lane } of this.#atWork) if (lane === this.#long && task.options.owner === owner) return true;
    return false;
  }

  #distrust(owner: string): void {
    if (this.#distrusted.size >= MOST_DISTRUSTED) this.#distrusted.clear();
    this.#distrusted.set(owner, performance.now() + DISTRUSTED_MS);
  }

  #isDistrusted(owner: string): boolean {
    return performance.now() < (this.#distrusted.get(owner) ?? 0);
  }

  #tooCostly(): StepError {
    const params = { seconds: this.#cpuMs / 1000, megabytes: this.#heapMb };
    const message = `reading it would take more than ${params.seconds} s of computing or ${params.megabytes} MB of memory`;
    return new StepError('page-too-costly', message, { params, retry: false });
  }
}

/** By `--max-old-space-size`, or what Node makes of the machine's memory. */
function defaultHeapMb(): number {
  return Math.min(256, Math.round(getHeapStatistics().heap_size_limit / 1024 / 1024 / 3));
}

/** Threads that share one line of tasks. They are started when there is something to do. */
class Lane {
  readonly #waiting = new FairQueue<Task>();
  /** How many tasks each has: one, or one more that begins when that is done. */
  readonly #busy = new Map<WorkerThread, number>();

  constructor(
    private readonly size: number,
    private readonly idle: IdleThreads,
    /** Whether tasks may wait in threads that are at quick ones. */
    private readonly isQuick: boolean,
    private readonly work: (work: Work) => Promise<void>,
  ) {}

  /** Whether somebody else's task waits for a thread. */
  hasOthersThan(owner: string): boolean {
    return this.#waiting.hasOthersThan(owner);
  }

  /** Whether a task waits for what the thread is at. */
  isAwaitedBehind(thread: WorkerThread): boolean {
    return !this.#waiting.isEmpty || (this.#busy.get(thread) ?? 0) > 1;
  }

  get isFree(): boolean {
    return this.#busy.size < this.size;
  }

  get load() {
    return { working: this.#busy.size, waiting: this.#waiting.size };
  }

  add(task: Task): void {
    this.#waiting.push(task.options.owner, task);
    this.#next();
  }

  /** What the owner has waiting is no longer this lane's. */
  takeAll(owner: string): readonly Task[] {
    return this.#waiting.takeAll(owner);
  }

  /** What a thread of another lane is at is this one's from now on. */
  takeOver(work: Work): void {
    const { lane, thread } = work;
    work.lane = this;
    this.#busy.set(thread, 1);
    lane.#busy.delete(thread);
    thread.isLeft();
    lane.#next();
  }

  close(): void {
    for (const thread of this.#busy.keys()) thread.end('closed');
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) task.reject(closed());
  }

  #next(): void {
    while (this.isFree || this.#soonFree !== null) {
      let task = this.#waiting.shift();
      while (task?.options.signal.aborted) task = this.#waiting.shift();
      if (task === undefined) return;
      this.#give(task);
    }
  }

  #give(task: Task): void {
    const thread = (this.isFree ? null : this.#soonFree) ?? this.idle.take();
    this.#busy.set(thread, (this.#busy.get(thread) ?? 0) + 1);
    const work: Work = { task, thread, lane: this };
    void this.work(work).finally(() => work.lane.#leave(thread));
  }

  #leave(thread: WorkerThread): void {
    // Another lane may have it by now.
    const left = (this.#busy.get(thread) ?? 0) - 1;
    if (left > 0) this.#busy.set(thread, left);
    else if (this.#busy.delete(thread) && !thread.hasEnded) {
      this.idle.put(thread);
      this.idle.keepSpare();
    }
    this.#next();
  }

  /** A thread that has one task, and not for long. */
  get #soonFree(): WorkerThread | null {
    if (!this.isQuick) return null;
    for (const [thread, tasks] of this.#busy)
      if (tasks === 1 && thread.tookMs < AT_HAND_MS && !thread.hasEnded) return thread;
    return null;
  }
}

function closed(): Error {
  return new Error('the pool of workers was closed');
}

/** Handing over is possible only for all of a buffer, and once: one without bytes may serve many tasks. */
function transferable({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && byteLength > 0 && buffer.byteLength === byteLength ? [buffer] : [];
}
