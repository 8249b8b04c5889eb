import type { Words } from '../http/words.js';
import type { RunStatusJson } from '../pages/run/status.js';

/** Where a command reads and writes. */
export interface Terminal {
  /** Rows, lists, and progress for machines. */
  readonly out: NodeJS.WritableStream;
  /** Everything for people, so that rows can be piped on. */
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** Aborted by Ctrl-C, with `SIGINT`, or by whoever ends the process, with `SIGTERM`. */
  readonly stop: AbortSignal;
  readonly words: Words;
}

/** Without a terminal, a line at most so often. */
const LINE_EVERY_MS = 2000;
const BAR_WIDTH = 24;
/** Goes to the beginning of the line and clears it. */
const CLEAR = '\r\x1B[K';

/** Shows how far a run is: a bar that changes in place, or lines, or JSON. */
export class ProgressView {
  #lastLineAt = -Infinity;
  #lastSeq = -1;
  #hasBar = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly json: boolean,
  ) {}

  show(run: RunStatusJson): void {
    const { out, err, words } = this.terminal;
    if (this.json) return void out.write(`${JSON.stringify(run)}\n`);
    if (err.isTTY) {
      this.#hasBar = true;
      const bar = `${barOf(run)} ${figuresOf(run, words)}`;
      return void err.write(CLEAR + bar.slice(0, (err.columns ?? 80) - 1));
    }
    const now = performance.now();
    if (run.seq === this.#lastSeq || now - this.#lastLineAt < LINE_EVERY_MS) return;
    this.#lastLineAt = now;
    this.#lastSeq = run.seq;
    err.write(`${figuresOf(run, words)}\n`);
  }

  /** Something to read, above the bar. */
  say(text: string): void {
    this.terminal.err.write(`${this.#hasBar ? CLEAR : ''}${text}\n`);
    this.#hasBar = false;
  }
}

function barOf({ seq, total }: RunStatusJson): string {
  const filled = total === 0 ? 0 : Math.floor((seq / total) * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
}

/** "3/10, 3 rows, 1 failed, 2 min left". */
export function figuresOf(run: RunStatusJson, words: Words): string {
  const { seq, total, rowCount, failedCount, remainingMs } = run;
  const parts = [`${seq}/${total}`, words.t('cli.rows', { count: rowCount })];
  if (failedCount > 0) parts.push(words.t('cli.failed', { count: failedCount }));
  if (remainingMs !== null && seq < total) {
    parts.push(words.t('cli.left', { duration: words.duration(Math.max(0, remainingMs)) }));
  }
  return parts.join(words.t('site.comma'));
}
