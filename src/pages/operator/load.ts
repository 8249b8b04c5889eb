import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RequestHandler } from 'express';
import type { LoadFigure } from '../../engine/load.js';
import { version } from '../../http/root.js';
import type { Words } from '../../http/words.js';
import type { PageDeps } from '../deps.js';
import { ownText } from '../job/texts.js';
import { sendOperatorPage } from './page.js';

interface LoadView {
  readonly version: string;
  readonly nodeVersion: string;
  readonly upMs: number;
  readonly memoryMb: number;
  readonly store: string;
  readonly figures: readonly { readonly title: string; readonly value: string }[];
}

/** How the process and its store are. */
export function operatorLoad(deps: PageDeps): RequestHandler {
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const figures = await loadFigures(deps);
    await sendOperatorPage<LoadView>(req, res, 'operator-load', {
      title: words.t('operator.load'),
      here: paths.operatorLoad,
      data: {
        version,
        nodeVersion: process.version,
        upMs: process.uptime() * 1000,
        memoryMb: Math.round(process.memoryUsage.rss() / 1_000_000),
        store: deps.storeName,
        figures: figures.map((figure) => ({ title: titleOf(words, figure), value: shownValue(words, figure) })),
      },
    });
  };
}

/** Of this process, but for the runs and the size of the store. */
export async function loadFigures({
  driver,
  limits,
  store,
  jobs,
  memory,
  databaseFile,
}: Pick<PageDeps, 'driver' | 'limits' | 'store' | 'jobs' | 'memory' | 'databaseFile'>): Promise<readonly LoadFigure[]> {
  const { runs, working, slots, busyCount } = driver.load;
  const size = await store.size();
  const disk = databaseFile === null ? null : await statfs(dirname(databaseFile));
  const counted = (name: string, all: Iterable<readonly [string, number]>, label: string) =>
    [...all].map(([key, value]) => figure(name, value, { labels: { [label]: key } }));
  return [
    figure('steps_working', working, { most: finite(slots) }),
    figure('runs_working', runs),
    figure('busy_total', busyCount),
    figure('in_flight_bytes', memory.load.bytesHeld, { most: finite(memory.totalBytes), unit: 'bytes' }),
    figure('in_flight_waiting', memory.load.waiting),
    ...[...jobs.values()].flatMap((job) =>
      Object.entries(job.load()).map(([what, value]) => figure('job_load', value, { labels: { job: job.name, what } })),
    ),
    ...counted('refused_total', limits.refused, 'rate'),
    ...counted('runs', Object.entries(size.runs), 'status'),
    ...(size.bytes === null ? [] : [figure('store_bytes', size.bytes, { unit: 'bytes' })]),
    ...(disk === null
      ? []
      : [figure('disk_free_bytes', disk.bavail * disk.bsize, { most: disk.blocks * disk.bsize, unit: 'bytes' })]),
  ];
}

/** Null for what nothing limits. */
function finite(most: number): number | null {
  return Number.isFinite(most) ? most : null;
}

function figure(name: string, value: number, more: Partial<LoadFigure> = {}): LoadFigure {
  return { name, value, labels: {}, most: null, unit: 'count', ...more };
}

function titleOf(words: Words, { name, labels }: LoadFigure): string {
  const { job, what, rate, status } = labels;
  if (job !== undefined && what !== undefined) return `${job}: ${ownText(words, job, `load.${what}`, what)}`;
  if (rate !== undefined) return words.t('operator.figures.refused', { what: words.t(`operator.rates.${rate}`) });
  if (status !== undefined) return words.t('operator.figures.runs', { status: words.t(`statuses.${status}`) });
  return words.t(`operator.figures.${name}`);
}

function shownValue(words: Words, { value, most, unit }: LoadFigure): string {
  const shown = (amount: number) =>
    unit === 'bytes' ? `${words.number(Math.round(amount / 1_000_000))} MB` : words.number(amount);
  return most === null ? shown(value) : `${shown(value)} / ${shown(most)}`;
}
