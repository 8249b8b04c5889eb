import type { TestContext } from 'node:test';
import { systemClock } from '../../../src/core/clock.js';
import { jobsByName } from '../../../src/core/job.js';
import type { Input, Run } from '../../../src/core/run.js';
import type { Row, Step } from '../../../src/core/step.js';
import { createEngine } from '../../../src/engine/engine.js';
import type { FetcherOptions } from '../../../src/scrape/fetch/fetch.js';
import { Permission } from '../../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../../src/scrape/job/scrape.js';
import { openSqlite } from '../../../src/store/sqlite/database.js';
import { SqliteStore } from '../../../src/store/sqlite/store.js';
import { pool } from '../../fixtures/pool.js';
import { fetcherFor } from '../fetch/serve.js';

export interface Crawled {
  readonly run: Run;
  readonly rows: readonly Row[];
  readonly failures: readonly Step[];
  readonly ms: number;
  /** Everything that the store has, as JSON. */
  readonly stored: string;
}

/** Scrapes with the real engine, store and clock, from the form to the end of the run. */
export async function crawl(
  t: TestContext,
  typed: Record<string, string | boolean>,
  options: Partial<FetcherOptions> & { until?: (run: Run) => boolean; askAgainMs?: number } = {},
): Promise<Crawled> {
  const fetcher = fetcherFor(t, options);
  const { askAgainMs = 100 } = options;
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [], askAgainMs });
  const job = createScrapeJob({ fetcher, permission, pool, minDelayMs: 0 });
  const database = openSqlite(':memory:');
  const store = new SqliteStore(database, systemClock);
  const { runs, driver } = createEngine({
    jobs: jobsByName([job]),
    store,
    clock: systemClock,
    budget: { paceMs: 1000, answerWithinMs: 5000 },
    maxSteps: 10_000,
  });
  const input = job.input.parse({ columns: 'title: h1', delay: '0', ...typed }) as Input;
  const startedAt = performance.now();
  let run = await runs.start(job, input, { visitorId: 'visitor', network: null });
  while (run.status === 'running' && !options.until?.(run)) run = (await driver.advance(run, run.seq)).run;
  const ms = performance.now() - startedAt;
  const rows = (await store.listRows(run.id, 0, 10_000)).map(({ row }) => row);
  const failures = await store.listFailures(run.id, null, 1000);
  await driver.stop();
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  const stored = JSON.stringify(tables.map(({ name }) => database.prepare(`SELECT * FROM "${name}"`).all()));
  await store.close();
  return { run, rows, failures, ms, stored };
}
