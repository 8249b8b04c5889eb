import { parentPort } from 'node:worker_threads';
import { Honest } from './honest.js';
import { openSite } from './site.js';

// The thread of `HonestThread`.

const site = await openSite({ pages: () => ({ '/robots.txt': '', '/': '<p>honest' }) });
let honest: Honest | null = null;
let end = () => {};

parentPort?.on('message', async (asked: 'quietly' | 'until' | 'over' | { readonly target: string }) => {
  if (asked === 'over') return end();
  if (typeof asked === 'object') {
    honest = new Honest(asked.target, `${site.origin}/`);
    return;
  }
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  try {
    const waited = await (asked === 'quietly' ? honest?.quietly() : honest?.until(over));
    parentPort?.postMessage({ waited, problem: null });
  } catch (error) {
    parentPort?.postMessage({ waited: null, problem: String(error) });
  }
});
parentPort?.postMessage(site.origin);
