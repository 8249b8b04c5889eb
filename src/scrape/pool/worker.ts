import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { StepError } from '../../index.js';
import type { Reply, Request } from './messages.js';
import { tasks } from './tasks.js';

/** The lowest priority there is. While others want the core, so far behind is a tenth of what they get. */
const LOWEST = 19;
const BEHIND = 10;

/** The thread's number in Linux, by which its CPU time can be read; null elsewhere. */
function threadId(): string | null {
  try {
    return basename(readlinkSync('/proc/thread-self'));
  } catch {
    return null;
  }
}

/** Where cores are few, the thread that answers requests goes first. Elsewhere than in Linux the whole process would give way. */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Math.min(LOWEST, getPriority() + BEHIND));
  } catch {
    // A sandbox may refuse it.
  }
}

async function replyTo({ name, args }: Request): Promise<Reply> {
  try {
    const task = tasks[name] as (...args: readonly unknown[]) => Promise<unknown>;
    return { type: 'result', result: await task(...args) };
  } catch (error) {
    if (!(error instanceof StepError)) return { type: 'error', error };
    return { type: 'failure', failure: error.failure, retry: error.retry };
  }
}

/** Loads what most tasks need, so that it is not the first of them that costs the time. */
async function warmUp(): Promise<void> {
  const answer = { url: 'http://localhost/', kind: 'html', charset: 'utf-8', refresh: null, link: null } as const;
  const recipe = { row: '', columns: [], next: '' };
  await tasks.readPage({ ...answer, bytes: new TextEncoder().encode('<p>') }, { recipe, encoding: '', reloads: false });
}

const reply = (message: Reply) => parentPort?.postMessage(message);

/** Resolves when all that was asked so far is answered: a task may have to load something first. */
let answered: Promise<void> = Promise.resolve();
parentPort?.on('message', (request: Request) => {
  answered = answered.then(async () => reply(await replyTo(request)));
});
giveWay();
await warmUp();
reply({ type: 'ready', threadId: threadId() });
