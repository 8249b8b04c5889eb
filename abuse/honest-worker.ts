import { parentPort, workerData } from 'node:worker_threads';
import { Honest } from './honest.js';

// The thread of `HonestThread`.

const { target, page } = workerData as { target: string; page: string };
const honest = new Honest(target, page);
let end = () => {};

parentPort?.on('message', async (asked: 'quietly' | 'until' | 'over') => {
  if (asked === 'over') return end();
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  try {
    const waited = await (asked === 'quietly' ? honest.quietly() : honest.until(over));
    parentPort?.postMessage({ waited, problem: null });
  } catch (error) {
    parentPort?.postMessage({ waited: null, problem: String(error) });
  }
});
