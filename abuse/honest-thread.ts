import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Waited } from './honest.js';

const MODULE = new URL('./honest-worker.js', import.meta.url);

/** `Honest`, and the site it reads, on a thread of their own: what attackers compute in this process must not count as waiting. */
export class HonestThread {
  private constructor(
    private readonly worker: Worker,
    /** Of the site. */
    readonly origin: string,
  ) {}

  static async open(): Promise<HonestThread> {
    const worker = new Worker(MODULE);
    const [origin] = await once(worker, 'message');
    return new HonestThread(worker, origin);
  }

  /** To be called before the others. */
  visit(target: string): void {
    this.worker.postMessage({ target });
  }

  quietly(): Promise<Waited> {
    return this.#ask('quietly');
  }

  until(over: Promise<unknown>): Promise<Waited> {
    const end = () => this.worker.postMessage('over');
    over.then(end, end);
    return this.#ask('until');
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  async #ask(what: 'quietly' | 'until'): Promise<Waited> {
    this.worker.postMessage(what);
    const [{ waited, problem }] = await once(this.worker, 'message');
    if (problem !== null) throw new Error(problem);
    return waited;
  }
}
