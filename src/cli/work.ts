import { once } from 'node:events';
import { queueDatabase, RunQueue } from '../drivers/run-queue.js';
import { Scheduler } from '../drivers/scheduler.js';
import { Webhooks } from '../drivers/webhooks.js';
import { Worker } from '../drivers/worker.js';
import { jsonLogger } from '../http/json-logger.js';
import { openEngine, ownJobs } from '../open.js';
import { ConfigError, readConfig } from '../server/config.js';
import type { CommandLine } from './arguments.js';
import { UsageError } from './exit-codes.js';
import { settingsOf } from './settings.js';

/**
 * Executes runs that the queue hands over, and starts those of schedules, until `stop` is aborted. Then the steps at work are
 * recorded, and their runs handed to other workers.
 */
export async function work(line: CommandLine, env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<void> {
  if (line.operand !== null || line.texts.at !== undefined) throw new UsageError('work-alone');
  const config = readConfig(settingsOf(line, env));
  const { database } = config;
  if (!/^postgres/i.test(database)) {
    throw new ConfigError(
      'Workers find runs in PostgreSQL: DATABASE_URL=postgres://user:password@host:port/database. Without it, BACKGROUND=on has the server go on with runs by itself.',
    );
  }
  const logger = jsonLogger(config.logLevel);
  const onError = (error: unknown) => logger.error({ err: error }, 'the queue of runs failed');
  const queue = await RunQueue.load(queueDatabase(database), { works: true, onError });
  const all = [...(await ownJobs(config)), ...config.jobs];
  const handOver = (...[runId, executeSql]: Parameters<RunQueue['send']>) => queue.send(runId, executeSql);
  const engine = await openEngine({ jobs: all, logger, handOver }, config);
  const { jobs, store, schedules, runs, blocks, clock, driver, notify } = engine;
  try {
    await queue.start();
    const worker = await Worker.start({ jobs, store, driver, clock, queue, notify });
    const scheduler = schedules && new Scheduler({ schedules, jobs, runs, store, blocks, clock, notify });
    const webhooks =
      engine.webhooks &&
      new Webhooks({ ...engine.webhooks, webhooks: engine.webhooks.store, store, blocks, clock, notify });
    console.log('Tobiishi waits for runs.');
    if (!stop.aborted) await once(stop, 'abort');
    await Promise.all([scheduler?.stop(), webhooks?.stop(), worker.stop(), driver.stop()]);
  } finally {
    await queue.stop();
    await engine.close();
  }
}
