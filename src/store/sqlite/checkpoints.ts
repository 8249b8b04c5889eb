import type AsyncDatabase from 'libsql/promise';

type Connection = Pick<InstanceType<typeof AsyncDatabase>, 'exec' | 'close'>;

/** Of a few kilobytes each, mostly; larger ones count for as many. */
const COMMITS = 500;
const COMMIT_BYTES = 4000;

/**
 * Writes what commits left in the log into the database file, which waits for the disk: on a connection of its own, in another
 * thread, while requests are answered. What is committed meanwhile stays in the log, so that it grows on where commits never
 * rest: then SQLite's own checkpoint (`wal_autocheckpoint`) finds little left to do, and the log begins anew.
 */
export class Checkpoints {
  #commits = 0;
  #connection: Connection | null = null;
  #underWay: Promise<void> | null = null;

  constructor(private readonly path: string) {}

  /** To be called after each commit; `bytes`: what is known of how much it wrote. */
  committed(bytes = 0): void {
    this.#commits += Math.max(1, bytes / COMMIT_BYTES);
    if (this.#commits < COMMITS || this.#underWay !== null) return;
    this.#commits = 0;
    this.#underWay = this.#checkpoint().finally(() => {
      this.#underWay = null;
    });
  }

  /** Before the database itself is closed. */
  async close(): Promise<void> {
    this.#commits = Number.NEGATIVE_INFINITY;
    await this.#underWay;
    this.#connection?.close();
    this.#connection = null;
  }

  async #checkpoint(): Promise<void> {
    try {
      this.#connection ??= await connect(this.path);
      await this.#connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // The log keeps what it has. A disk that is full, say, is told of by whoever commits next.
    }
  }
}

async function connect(path: string): Promise<Connection> {
  const { default: Database } = await withoutNames(() => import('libsql/promise'));
  return new Database(path, {});
}

/**
 * libsql asks for a report of the process, to know its platform. To that, Node adds the names of all who are connected, for each of
 * which it asks the name server and holds the thread: for 20 seconds and more where that does not answer. Not with this setting
 * (`process.report.excludeNetwork`).
 */
async function withoutNames<T>(load: () => Promise<T>): Promise<T> {
  const report = process.report as { excludeNetwork?: boolean };
  const { excludeNetwork = false } = report;
  report.excludeNetwork = true;
  try {
    return await load();
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}
