import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into the server that is attacked: tells, at each SIGUSR2, on a line of standard error, how its thread that answers
 * requests fared since the last one (`Thread`).
 */
const TICK_MS = 5;
/** Nanoseconds that the first thread ran, and that it was ready and the machine had no processor for it. Linux alone tells. */
const SCHEDULE = `/proc/self/task/${process.pid}/schedstat`;

interface Reading {
  readonly at: number;
  readonly ranMs: number;
  readonly waitedMs: number;
}

function read(): Reading {
  const at = performance.now();
  try {
    const [ran = 0, waited = 0] = readFileSync(SCHEDULE, 'utf8').split(' ').map(Number);
    return { at, ranMs: ran / 1e6, waitedMs: waited / 1e6 };
  } catch {
    return { at, ranMs: 0, waitedMs: 0 };
  }
}

if (isMainThread) {
  let first = read();
  let last = first;
  let heldMs = 0;
  setInterval(() => {
    const now = read();
    heldMs = Math.max(heldMs, now.at - last.at - TICK_MS - (now.waitedMs - last.waitedMs));
    last = now;
  }, TICK_MS).unref();
  process.on('SIGUSR2', () => {
    const now = read();
    const part = (now.ranMs - first.ranMs) / (now.at - first.at);
    process.stderr.write(`thread ${JSON.stringify({ heldMs: Math.round(heldMs), part })}\n`);
    first = now;
    heldMs = 0;
  });
}
