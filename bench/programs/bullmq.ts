/** Chains of dependent steps in BullMQ. */
import { importPeer } from '../lib/peers.js';
import { serveTasks } from '../lib/program.js';

interface Job {
  readonly data: { step: number };
  updateData(data: { step: number }): Promise<void>;
}
interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => { add(name: string, data: object, options?: object): Promise<void>; close(): Promise<void> };
  readonly Worker: new (
    name: string,
    work: (job: Job) => Promise<void>,
    options: object,
  ) => { close(): Promise<void>; waitUntilReady(): Promise<void>; on(event: 'error', listener: () => void): void };
}

interface Task {
  readonly port: number;
  readonly steps: number;
  /** `chained`: each step is a job that adds the next. `in-place`: one job that notes each step in its data. */
  readonly mode: 'chained' | 'in-place';
}

let queues = 0;

/** Answers the seconds that the chain took. */
serveTasks<Task>(async ({ port, steps, mode }) => {
  const { Queue, Worker } = await importPeer<BullMq>('bullmq');
  const connection = { host: '127.0.0.1', port };
  queues += 1;
  const name = `chain-${process.pid}-${queues}`;
  const queue = new Queue(name, { connection });
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const chained = async ({ data: { step } }: Job) => {
    if (step === steps) return finish();
    await queue.add('step', { step: step + 1 });
  };
  // https://docs.bullmq.io/patterns/process-step-jobs
  const inPlace = async (job: Job) => {
    for (let { step } = job.data; step < steps; step += 1) await job.updateData({ step: step + 1 });
    finish();
  };
  const worker = new Worker(name, mode === 'chained' ? chained : inPlace, { connection });
  worker.on('error', () => {});
  await worker.waitUntilReady();
  const from = performance.now();
  await queue.add('step', { step: 1 });
  await finished;
  const seconds = (performance.now() - from) / 1000;
  await worker.close();
  await queue.close();
  return seconds;
});
