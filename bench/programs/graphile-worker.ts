/** Chains of dependent steps in graphile-worker. */
import { importPeer } from '../lib/peers.js';
import { serveTasks } from '../lib/program.js';

interface Helpers {
  addJob(name: string, payload: object): Promise<unknown>;
}
interface Graphile {
  run(options: object): Promise<Helpers & { stop(): Promise<void> }>;
  readonly Logger: new (factory: () => () => void) => unknown;
}

interface Task {
  readonly url: string;
  readonly steps: number;
  /** `tuned`: the settings of https://worker.graphile.org/docs/performance for many small jobs. */
  readonly mode: 'default' | 'tuned';
}

/** Answers the seconds that the chain took. */
serveTasks<Task>(async ({ url, steps, mode }) => {
  const { run, Logger } = await importPeer<Graphile>('graphile-worker');
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const step = async ({ step: number }: { step: number }, { addJob }: Helpers) => {
    if (number === steps) return finish();
    await addJob('step', { step: number + 1 });
  };
  const tuned = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };
  const runner = await run({
    connectionString: url,
    taskList: { step },
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    ...(mode === 'tuned' ? { preset: tuned } : {}),
  });
  const from = performance.now();
  await runner.addJob('step', { step: 1 });
  await finished;
  const seconds = (performance.now() - from) / 1000;
  await runner.stop();
  return seconds;
});
