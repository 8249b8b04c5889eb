/** Chains of dependent steps in pg-boss. */
import { importPeer } from '../lib/peers.js';
import { serveTasks } from '../lib/program.js';

interface Job {
  readonly id: string;
  readonly data: { step: number };
}
interface Boss {
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  on(event: 'error', listener: () => void): void;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object): Promise<string>;
  work(name: string, work: (jobs: Job[]) => Promise<void>): Promise<string>;
  offWork(name: string): Promise<void>;
  fetch(name: string): Promise<Job[]>;
  complete(name: string, id: string): Promise<void>;
}

interface Task {
  readonly url: string;
  readonly steps: number;
  /** `work`: a worker as the guide shows it, which polls. `fetch`: jobs are fetched and completed one after another. */
  readonly mode: 'work' | 'fetch';
}

let boss: Boss | null = null;
let queues = 0;

/** Answers the seconds that the chain took. */
serveTasks<Task>(async ({ url, steps, mode }) => {
  boss ??= await started(url);
  const open = boss;
  queues += 1;
  const name = `chain-${process.pid}-${queues}`;
  await open.createQueue(name);
  const from = performance.now();
  await open.send(name, { step: 1 });
  if (mode === 'fetch') await fetchAll(open, name, steps);
  else await workAll(open, name, steps);
  return (performance.now() - from) / 1000;
});

async function started(url: string): Promise<Boss> {
  const { default: PgBoss } = await importPeer<{ default: new (url: string) => Boss }>('pg-boss');
  const made = new PgBoss(url);
  made.on('error', () => {});
  await made.start();
  return made;
}

async function fetchAll(open: Boss, name: string, steps: number): Promise<void> {
  for (;;) {
    const [job] = await open.fetch(name);
    if (job === undefined) throw new Error('the chain broke');
    if (job.data.step < steps) await open.send(name, { step: job.data.step + 1 });
    await open.complete(name, job.id);
    if (job.data.step === steps) return;
  }
}

async function workAll(open: Boss, name: string, steps: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const step = async ([job]: Job[]) => {
      if (job === undefined) return;
      if (job.data.step === steps) return resolve();
      await open.send(name, { step: job.data.step + 1 });
    };
    open.work(name, step).catch(reject);
  });
  await open.offWork(name);
}
