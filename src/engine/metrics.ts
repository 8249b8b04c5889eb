import { createRequire } from 'node:module';
import type { Observer } from '../core/observer.js';
import type { LoadFigure } from './load.js';

const require = createRequire(import.meta.url);

/** Null where the package is not installed: it is optional, because few servers are asked for metrics. */
function promClient(): typeof import('prom-client') | null {
  try {
    return require('prom-client');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

export interface Metrics {
  readonly observer: Observer;
  readonly contentType: string;
  /** In Prometheus' text format, with what is at work now. */
  text(load: readonly LoadFigure[]): Promise<string>;
}

/** From a step that is one of hundreds in a second to one of minutes. */
const SECONDS = [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300];

/**
 * Counts what happens to runs in this process. Labels are names of ours alone: nothing that visitors type. Null where
 * `prom-client` is not installed.
 */
export function createMetrics(): Metrics | null {
  const client = promClient();
  if (client === null) return null;
  const { Counter, Gauge, Histogram, Registry } = client;
  const registers = [new Registry()];
  const [registry] = registers as [InstanceType<typeof Registry>];
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const started = counter('tobiishi_runs_started_total', 'Runs that were started.', ['job']);
  const ended = counter('tobiishi_runs_ended_total', 'Runs that ended, or stopped at a failure.', ['job', 'status']);
  const steps = counter('tobiishi_steps_total', 'Steps that were recorded.', ['job', 'status']);
  const failed = counter('tobiishi_attempts_failed_total', 'Attempts that threw.', ['job', 'next']);
  const lost = counter('tobiishi_claims_lost_total', 'Claims that were lost to another process, or by cancelling.');
  const faults = counter('tobiishi_faults_total', 'What went wrong unseen.', ['during']);
  const seconds = new Histogram({
    name: 'tobiishi_step_duration_seconds',
    help: 'How long the last attempt of each recorded step took.',
    labelNames: ['job'],
    buckets: SECONDS,
    registers,
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'When the process began, in seconds since 1970.', () => {
    return performance.timeOrigin / 1000;
  });
  gauge('nodejs_active_resources', 'What keeps the process busy or waiting.', () => {
    return process.getActiveResourcesInfo().length;
  });
  return {
    contentType: registry.contentType,
    async text(load) {
      for (const name of new Set(load.map((figure) => figure.name))) {
        const all = load.filter((figure) => figure.name === name);
        const known = registry.getSingleMetric(`tobiishi_${name}`) as LoadMetric | undefined;
        const metric = known ?? loadMetric(client, name, Object.keys(all[0]?.labels ?? {}), registers);
        metric.reset();
        for (const { labels, value } of all) metric.inc(labels, value);
      }
      return registry.metrics();
    },
    observer: {
      runStarted: ({ run: { job } }) => started.inc({ job }),
      runEnded: ({ run: { job, status } }) => ended.inc({ job, status }),
      stepRecorded({ run: { job }, status, tookMs }) {
        steps.inc({ job, status });
        seconds.observe({ job }, tookMs / 1000);
      },
      stepFailed: ({ run: { job }, next }) => failed.inc({ job, next }),
      claimLost: () => lost.inc(),
      fault: ({ during }) => faults.inc({ during }),
    },
  };
}

interface LoadMetric {
  reset(): void;
  inc(labels: Readonly<Record<string, string>>, value: number): void;
}

/** What each figure of `LoadFigure` says, by its name. */
const LOAD_HELP: Readonly<Record<string, string>> = {
  steps_working: 'Steps at work in this process.',
  runs_working: 'Runs of which steps are at work in this process.',
  busy_total: 'How often no slot was free for a run.',
  in_flight_bytes: 'Bytes from outside that are kept whole for a while.',
  in_flight_waiting: 'How many wait for such bytes.',
  job_load: 'How busy is what a job has in this process.',
  refused_total: 'Requests refused because somebody asked too often.',
  runs: 'Runs in the store, of all processes.',
  store_bytes: 'Size of the store on its disk.',
  disk_free_bytes: 'What is free on the disk of the database file.',
};

function loadMetric(
  { Counter, Gauge }: typeof import('prom-client'),
  name: string,
  labelNames: string[],
  registers: InstanceType<typeof import('prom-client').Registry>[],
): LoadMetric {
  const about = { name: `tobiishi_${name}`, help: LOAD_HELP[name] ?? name, labelNames, registers };
  return name.endsWith('_total') ? new Counter(about) : new Gauge(about);
}
