import { createRequire } from 'node:module';
import type { Observer } from '../core/observer.js';

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
  /** In Prometheus' text format. */
  text(): Promise<string>;
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
    text: () => registry.metrics(),
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
