import type { Bench, Figure } from './lib/bench.js';
import { median, quantile, spreadOf } from './lib/measure.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';
import { startTobiishi } from './lib/tobiishi.js';
import type { Walked } from './programs/crowd.js';

/** Of clients, so that none of them is the slow side. */
const PROCESSES = 2;
const MAX_WORKING = '2000';
/** For the clients, with a server that is not measured. */
const PRACTICE = { people: 200, seconds: 4 };

/** What is promised to so many visitors: the part of the steps that the clock allows, and how soon their pages are there. */
const CROWDS = [
  { people: 500, leastSteps: 0.995, p99Ms: 100 },
  { people: 1000, leastSteps: 0.98, p99Ms: 250 },
] as const;
/** Of idle runs: so many fill what is kept in memory of the last ones, and the database's pages, which have a limit of their own. */
const IDLE = { before: 1250, counted: 500, steps: 120 };
type Crowd = { readonly people: number; readonly leastSteps: number; readonly p99Ms: number };

export const visitors: Bench = {
  name: 'visitors',
  measures:
    'Visitors at once, each with a session, a connection and a run of 1 s steps, for 60 s: how many steps were made of those that the clock allows, and how long after its step each page was there.',
  wrong: [
    'The clients were the slow side: their share of a core is in the notes.',
    'The clients were cold, and took from the server what no visitor takes: they have followed runs of another server before. The server is cold.',
    'Visitors came all at the same moment: here they begin spread over the first second.',
    'Memory of a run were counted while it works: it is that of runs which nobody asks for.',
    'What is kept in memory of the last runs were counted, which has a limit: it is full before.',
  ],
  async run({ quick }) {
    const crowds: readonly Crowd[] = quick ? [{ ...CROWDS[0], people: 100 }] : CROWDS;
    const figures: Figure[] = [];
    const notes = [`MAX_WORKING=${MAX_WORKING} instead of 100.`];
    for (const crowd of crowds) {
      const measured = await measure(crowd, quick ? 5 : 60);
      figures.push(...measured.figures);
      notes.push(measured.note);
    }
    figures.push(await idleRuns(quick ? { before: 100, counted: 100, steps: 10 } : IDLE));
    return { figures, notes };
  },
};

async function measure({ people, leastSteps, p99Ms }: Crowd, seconds: number) {
  const clients = await Promise.all(
    Array.from({ length: PROCESSES }, () => Program.start(compiled('programs/crowd.js'))),
  );
  const all = <T>(task: object) => Promise.all(clients.map((client) => client.ask<T>(task)));
  const make = (count: number, origin: string, steps: number) => all({ make: count / PROCESSES, origin, steps });
  const walk = (count: number, forSeconds: number) => all<Walked>({ walk: count / PROCESSES, seconds: forSeconds });
  const usages = () => Promise.all([server, ...clients].map((program) => program.usage()));
  let server = await startTobiishi({ env: { MAX_WORKING } });
  try {
    await make(PRACTICE.people, server.origin, 2 * PRACTICE.seconds);
    const practised = await walk(PRACTICE.people, PRACTICE.seconds);
    const [failed] = practised.flatMap(({ errors: [first] }) => first ?? []);
    if (failed !== undefined) throw new Error(`the clients could not practise: ${failed}`);
    await server.stop();
    server = await startTobiishi({ env: { MAX_WORKING } });
    await make(people, server.origin, 2 * seconds);
    const cpuBefore = await usages();
    const walked = await walk(people, seconds);
    const cpuAfter = await usages();
    const shares = cpuAfter.map(({ cpuMs }, i) => (cpuMs - (cpuBefore[i]?.cpuMs ?? 0)) / 10 / seconds);
    const [ours, ...theirs] = shares.map((share) => `${number(share)} %`);
    const ideal = walked.reduce((sum, each) => sum + each.seconds, 0);
    const steps = walked.reduce((sum, each) => sum + each.steps, 0);
    const extraMs = walked.flatMap((each) => each.extraMs);
    const errors = walked.flatMap((each) => each.errors);
    const common = { against: `${number(people)} visitors for ${seconds} s` };
    const figures: Figure[] = [
      {
        ...common,
        what: 'steps made',
        ratio: spreadOf([steps / ideal]),
        goal: { atLeast: leastSteps },
        better: 'higher',
        sides: `${number(steps)}, ${number(ideal)}`,
      },
      {
        ...common,
        what: 'p99 of answer − step',
        ratio: spreadOf([quantile(extraMs, 0.99)]),
        goal: { atMost: p99Ms },
        better: 'lower',
        unit: 'ms',
        sides: `median ${number(median(extraMs))} ms, longest ${number(quantile(extraMs, 1))} ms`,
      },
      {
        ...common,
        what: 'errors',
        ratio: spreadOf([errors.length]),
        goal: { atMost: 0 },
        better: 'lower',
        unit: '',
        sides: errors[0] ?? '',
      },
    ];
    const note = `With ${number(people)} visitors the server used ${ours} of a core, the clients ${theirs.join(' and ')}.`;
    return { figures, note };
  } finally {
    await Promise.all([server, ...clients].map((program) => program.stop()));
  }
}

async function idleRuns({ before, counted, steps }: typeof IDLE): Promise<Figure> {
  const server = await startTobiishi();
  const client = await Program.start(compiled('programs/crowd.js'));
  const make = (count: number) => client.ask({ make: count, origin: server.origin, steps });
  try {
    await make(before);
    const first = await server.usage(true);
    await make(counted);
    const last = await server.usage(true);
    const heapKb = (last.heapBytes - first.heapBytes) / counted / 1000;
    const rssKb = (last.rssBytes - first.rssBytes) / counted / 1000;
    return {
      what: 'memory per idle run',
      against: `${number(counted)} of them, after ${number(before)} others`,
      ratio: spreadOf([Math.max(0, heapKb, rssKb)]),
      goal: { atMost: 20 },
      better: 'lower',
      unit: 'KB',
      sides: `heap ${number(heapKb)} KB, process ${number(rssKb)} KB`,
    };
  } finally {
    await Promise.all([server.stop(), client.stop()]);
  }
}
