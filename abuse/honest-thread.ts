import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Waited } from './honest.js';

const MODULE = new URL('./honest-worker.js', import.meta.url);

/** `Honest` on a thread of its own: what attackers compute in this process must not count as waiting. */
export class HonestThread {
  readonly #worker: Worker;

  constructor(target: string, page: string) {
    this.#worker = new Worker(MODULE, { workerData: { target, page } });
  }

  quietly(): Promise<Waited> {
    return this.#ask('quietly');
  }

  until(over: Promise<unknown>): Promise<Waited> {
    const end = () => this.#worker.postMessage('over');
    over.then(end, end);
    return this.#ask('until');
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(what: 'quietly' | 'until'): Promise<Waited> {
    this.#worker.postMessage(what);
    const [{ waited, problem }] = await once(this.#worker, 'message');
    if (problem !== null) throw new Error(problem);
    return waited;
  }
}
