import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { StepError } from '../../index.js';
import type { Reply, Request } from './messages.js';
import { tasks } from './tasks.js';

/** So far behind, a thread gets a tenth of what the others get while they want the core. */
const BEHIND = 10;

/** The thread's number in Linux, by which its CPU time can be read; null elsewhere. */
function threadId(): string | null {
  try {
    return basename(readlinkSync('/proc/thread-self'));
  } catch {
    return null;
  }
}

/** Where cores are few, the thread that answers requests goes first. In Linux a priority is that of the thread that asks. */
function giveWay(): void {
  try {
    setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + BEHIND));
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
const id = threadId();
// Elsewhere the whole process would give way, and time that passes would count as spent.
if (id !== null) giveWay();
await warmUp();
reply({ type: 'ready', threadId: id });
