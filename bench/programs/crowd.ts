/** Many visitors, each with a connection and a session of their own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { serveTasks } from '../lib/program.js';
import { Visitor } from '../lib/visitor.js';

type Task =
  | { readonly make: number; readonly origin: string; readonly steps: number }
  | { readonly walk: number; readonly seconds: number };

interface Walker {
  readonly visitor: Visitor;
  readonly path: string;
}

export interface Walked {
  /** Recorded steps, and the seconds between each visitor's first question and last answer, summed. */
  readonly steps: number;
  readonly seconds: number;
  /** Of each page: milliseconds from the question to the answer, less a second for each step. */
  readonly extraMs: readonly number[];
  readonly errors: readonly string[];
}

const AT_ONCE = 10;
const walkers: Walker[] = [];

/** `make`: starts so many runs, and closes the connections. `walk`: the first of those made last follow theirs. */
serveTasks<Task>(async (task) => {
  if ('make' in task) {
    walkers.length = 0;
    const makers = Array.from({ length: AT_ONCE }, async () => {
      for (let i = 0; i < task.make / AT_ONCE; i += 1) {
        const visitor = new Visitor(task.origin);
        const path = await visitor.start('second', { count: task.steps });
        await visitor.close();
        walkers.push({ visitor: new Visitor(task.origin, visitor.cookies), path });
      }
    });
    await Promise.all(makers);
    return walkers.length;
  }
  const walked = await Promise.all(
    walkers.slice(0, task.walk).map((walker, i) => walk(walker, i / task.walk, task.seconds)),
  );
  const total: Walked = {
    steps: sum(walked.map(({ steps }) => steps)),
    seconds: sum(walked.map(({ seconds }) => seconds)),
    extraMs: walked.flatMap(({ extraMs }) => extraMs),
    errors: walked.flatMap(({ errors }) => errors),
  };
  return total;
});

/** They begin spread over a second, as visitors do. */
async function walk({ visitor, path }: Walker, offset: number, seconds: number): Promise<Walked> {
  await sleep(offset * 1000);
  const from = performance.now();
  const extraMs: number[] = [];
  const errors: string[] = [];
  let seq = 0;
  let last = from;
  while (last - from < seconds * 1000) {
    const asked = performance.now();
    try {
      const { run } = await visitor.follow(path, seq, 1);
      last = performance.now();
      extraMs.push(last - asked - 1000 * (run.seq - seq));
      seq = run.seq;
    } catch (error) {
      errors.push(String(error).slice(0, 200));
      await sleep(1000);
      last = performance.now();
    }
  }
  await visitor.close();
  return { steps: seq, seconds: (last - from) / 1000, extraMs, errors };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
