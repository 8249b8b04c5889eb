import { execFile } from 'node:child_process';

/** Of the time after which a silent service is ended: it may be late twice. */
const OFTEN = 3;
const TOLD_WITHIN_MS = 10_000;

/**
 * Tells systemd how the service is, where it is started by it (`Type=notify`, `WatchdogSec`). Its socket takes datagrams, which
 * Node cannot send on Unix sockets: systemd's own program does it, so that the unit needs `NotifyAccess=all`. The watchdog is
 * told from the event loop: one that hangs is silent, and systemd starts the service anew.
 */
export class ServiceManager {
  readonly #isThere: boolean;
  readonly #watchdogMs: number;
  #watching: NodeJS.Timeout | null = null;

  constructor(env: NodeJS.ProcessEnv) {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: interval, WATCHDOG_PID: pid } = env;
    this.#isThere = Boolean(socket);
    const isMeant = pid === undefined || Number(pid) === process.pid;
    this.#watchdogMs = this.#isThere && isMeant ? Number(interval ?? 0) / 1000 / OFTEN : 0;
  }

  /** It answers requests from now on. */
  ready(): void {
    this.#tell('READY=1');
    if (!(this.#watchdogMs > 0)) return;
    this.#watching = setInterval(() => this.#tell('WATCHDOG=1'), this.#watchdogMs);
    this.#watching.unref();
  }

  /** The watchdog is told all the same: a step at work may take its time. */
  stopping(): void {
    this.#tell('STOPPING=1');
  }

  #tell(state: string): void {
    if (!this.#isThere) return;
    execFile('systemd-notify', [state], { timeout: TOLD_WITHIN_MS }, (error) => {
      if (error !== null) console.error(`systemd was not told ${state}: ${error.message}`);
    });
  }
}
