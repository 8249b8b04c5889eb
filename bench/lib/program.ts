import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Usage {
  /** User and system, since the start. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** JavaScript's objects and what hangs on them. */
  readonly heapBytes: number;
  readonly peakRssBytes: number;
}

const HERE = new URL('.', import.meta.url);
const PROBE = new URL('probe.js', HERE).href;
const STOP_WITHIN_MS = 10_000;

/** Path of a compiled file of this folder's parent: `programs/hello.js`. */
export function compiled(path: string): string {
  return fileURLToPath(new URL(`../${path}`, HERE));
}

/** A Node process being measured. Ends with this one, however that ends. */
export class Program {
  #log = '';

  private constructor(readonly child: ChildProcess) {
    const note = (chunk: Buffer) => {
      this.#log = (this.#log + chunk).slice(-20_000);
    };
    child.stdout?.on('data', note);
    child.stderr?.on('data', note);
    child.setMaxListeners(50);
  }

  /** Starts a file that calls `serveTasks`. */
  static async start(path: string, env: Record<string, string> = {}): Promise<Program> {
    const program = Program.spawn(path, env);
    await program.#message((message) => 'ready' in message);
    return program;
  }

  static spawn(path: string, env: Record<string, string>, nodeArgs: readonly string[] = []): Program {
    const execArgv = ['--expose-gc', '--import', PROBE, ...nodeArgs];
    const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
    return new Program(
      fork(path, [], {
        execArgv,
        env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }),
    );
  }

  get log(): string {
    return this.#log;
  }

  /** Sends a task and waits for its result. One at a time. */
  async ask<T>(task: object): Promise<T> {
    const answer = this.#message<{ result?: T; error?: string }>(
      (message) => 'result' in message || 'error' in message,
    );
    this.child.send({ task });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return result as T;
  }

  async usage(gc = false): Promise<Usage> {
    const answer = this.#message<{ usage: Usage }>((message) => 'usage' in message);
    this.child.send({ usage: { gc } });
    return (await answer).usage;
  }

  /** Resolves with the port when the program says that it listens. */
  async listening(): Promise<number> {
    for (;;) {
      const port = /ready on http:\/\/\S+:(\d+)/.exec(this.#log)?.[1];
      if (port !== undefined) return Number(port);
      await Promise.race([once(this.child.stdout as NodeJS.ReadableStream, 'data'), this.#ended()]);
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await gone;
    clearTimeout(timer);
  }

  async #message<T extends object>(isIt: (message: object) => boolean): Promise<T> {
    let listener: (message: object) => void = () => {};
    const answered = new Promise<T>((resolve) => {
      listener = (message) => isIt(message) && resolve(message as T);
      this.child.on('message', listener);
    });
    try {
      return await Promise.race([answered, this.#ended()]);
    } finally {
      this.child.off('message', listener);
    }
  }

  async #ended(): Promise<never> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    throw new Error(`${this.child.spawnargs.at(-1)} ended:\n${this.#log}`);
  }
}

/** For the programs: answers each task with what `work` makes of it. */
export function serveTasks<T>(work: (task: T) => Promise<unknown>): void {
  process.on('message', async (message: { task?: T }) => {
    if (message.task === undefined) return;
    try {
      process.send?.({ result: (await work(message.task)) ?? null });
    } catch (error) {
      process.send?.({ error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.send?.({ ready: true });
}
