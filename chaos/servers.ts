import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const MAIN = resolve(here, '../src/server/main.js');
const COMMAND = resolve(here, '../src/cli/main.js');
const CLOCK = resolve(here, 'clock.js');

/** As a host's supervisor does: a process that ended, however it ended, is started again. */
const RESTART_AFTER_MS = 200;
const READY_WITHIN_MS = 60_000;
/** Hosts kill what has not stopped 30 s after SIGTERM; steps get 20 s. */
const STOP_WITHIN_MS = 25_000;
const KEPT_LOG = 20_000;
/** What a server says, or a worker. */
const READY = /ready on (http:\/\/\S+:\d+)|waits for runs/;

/**
 * How a process ended:
 * - `killed`: the harness killed it
 * - `stopped`: it was asked to stop, and did
 * - `stuck`: it was asked to stop, did not, and was killed
 * - `exited`: by itself
 */
export type End = 'killed' | 'stopped' | 'stuck' | 'exited';

/** One process, from start to end. */
export interface Life {
  readonly pid: number;
  /** Which of them: the servers, then the workers. */
  readonly server: number;
  ready: boolean;
  end: End | null;
  code: number | null;
  /** It stood still for so long that its claims may have been taken over. */
  lapses: number;
  frozen: boolean;
  log: string;
}

export interface ServersOptions {
  readonly count: number;
  /** Processes of `tobiishi work` beside them. */
  readonly workers: number;
  /** The Node.js of all of them. */
  readonly node: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Server processes, and workers, that are kept running until `stop`. */
export class Servers {
  readonly lives: Life[] = [];
  readonly #children: (ChildProcess | null)[];
  readonly #urls: (string | null)[];
  readonly #keepers: Promise<void>[];
  #stopping = false;

  constructor(private readonly options: ServersOptions) {
    mkdirSync(options.directory, { recursive: true });
    this.#children = Array.from({ length: options.count + options.workers }, () => null);
    this.#urls = Array.from({ length: options.count }, () => null);
    this.#keepers = this.#children.map((_, server) => this.#keep(server));
  }

  /** Addresses of the servers, null for one that is not ready. Each process has a new port. */
  get urls(): readonly (string | null)[] {
    return this.#urls;
  }

  async ready(): Promise<void> {
    const until = performance.now() + READY_WITHIN_MS;
    while (!this.#children.every((_, server) => this.#life(server)?.ready)) {
      if (performance.now() > until)
        throw new Error(`not every process is ready after a minute:\n${this.lives.map(({ log }) => log).join('\n')}`);
      await sleep(20);
    }
  }

  /** `kill -9`. False when there is nothing to kill just now. */
  kill(server: number): boolean {
    return this.#end(server, 'killed', 'SIGKILL');
  }

  /** SIGTERM, as at a deploy. */
  terminate(server: number): boolean {
    const child = this.#children[server];
    if (!this.#end(server, 'stopped', 'SIGTERM')) return false;
    const life = this.#life(server);
    const late = setTimeout(() => {
      if (life) life.end = 'stuck';
      child?.kill('SIGKILL');
    }, STOP_WITHIN_MS);
    child?.once('exit', () => clearTimeout(late));
    return true;
  }

  /** Stops the process's time: it holds its connections and claims and does nothing. */
  async freeze(server: number, ms: number, leaseMs: number): Promise<boolean> {
    const child = this.#children[server];
    const life = this.#life(server);
    if (!child || !life?.ready || life.end !== null || life.frozen) return false;
    life.frozen = true;
    child.kill('SIGSTOP');
    await sleep(ms);
    life.frozen = false;
    // A lease that was renewed a while before the freeze ends sooner.
    if (ms >= leaseMs / 2) life.lapses += 1;
    child.kill('SIGCONT');
    return true;
  }

  /** Sets the wall clock of a process, and of those that will follow it, off by `offsetMs`. */
  jump(server: number, offsetMs: number): void {
    writeFileSync(this.#clock(server), String(offsetMs));
  }

  /** Asks every process to stop and waits until it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const server of this.#children.keys()) this.terminate(server);
    await Promise.all(this.#keepers);
  }

  /** For an end in a hurry: nothing is left behind. */
  killAll(): void {
    this.#stopping = true;
    for (const child of this.#children) child?.kill('SIGKILL');
  }

  async #keep(server: number): Promise<void> {
    while (!this.#stopping) {
      await this.#live(server);
      if (!this.#stopping) await sleep(RESTART_AFTER_MS);
    }
  }

  async #live(server: number): Promise<void> {
    const isWorker = server >= this.options.count;
    const program = isWorker ? [COMMAND, 'work'] : [MAIN];
    const flags = ['--enable-source-maps', '--import', pathToFileURL(CLOCK).href];
    const child = spawn(this.options.node, [...flags, ...program], {
      cwd: this.options.directory,
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        HOST: '127.0.0.1',
        CHAOS_CLOCK: this.#clock(server),
        ...this.options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const life: Life = {
      pid: child.pid ?? 0,
      server,
      ready: false,
      end: null,
      code: null,
      lapses: 0,
      frozen: false,
      log: '',
    };
    this.lives.push(life);
    this.#children[server] = child;
    const note = (chunk: Buffer) => {
      life.log = (life.log + chunk).slice(-KEPT_LOG);
      if (life.ready) return;
      const [said, url] = READY.exec(life.log) ?? [];
      if (said === undefined) return;
      life.ready = true;
      if (url !== undefined) this.#urls[server] = url;
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    life.code = await new Promise((resolve) => {
      child.once('exit', resolve);
      child.once('error', () => resolve(null));
    });
    life.end ??= 'exited';
    if (!isWorker) this.#urls[server] = null;
    this.#children[server] = null;
  }

  #end(server: number, end: End, signal: NodeJS.Signals): boolean {
    const life = this.#life(server);
    if (!life || life.end !== null) return false;
    // It would not hear it.
    if (life.frozen && signal === 'SIGTERM' && !this.#stopping) return false;
    // A process that is still starting has nothing to lose, and SIGTERM would end it before it can listen to it.
    if (!life.ready && signal === 'SIGTERM' && !this.#stopping) return false;
    life.end = end;
    return this.#children[server]?.kill(signal) ?? false;
  }

  /** The present one. */
  #life(server: number): Life | undefined {
    return this.#children[server] ? this.lives.findLast((life) => life.server === server) : undefined;
  }

  #clock(server: number): string {
    return join(this.options.directory, `clock-${server}`);
  }
}
