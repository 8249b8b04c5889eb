/**
 * Loaded first into every process that is measured (`node --import`): answers how much CPU and memory it used, and ends
 * it with the bench.
 */
import type { Usage } from './program.js';

process.on('disconnect', () => process.exit());
process.on('message', (message: { usage?: { gc: boolean } }) => {
  if (message.usage === undefined) return;
  if (message.usage.gc) for (let i = 0; i < 3; i += 1) (globalThis as { gc?: () => void }).gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const usage: Usage = {
    cpuMs: (user + system) / 1000,
    rssBytes: rss,
    heapBytes: heapUsed + external,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.send?.({ usage });
});
