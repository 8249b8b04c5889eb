import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Trial } from './harness.js';
import { PLANS } from './plans.js';

export const USAGE = `npm run chaos -- [options]
  --plan NAME       only this plan; may be given several times
  --database NAME   only plans on sqlite, postgres or cookie
  --seed TEXT       repeats the decisions of that seed (default: a new one, which is printed)
  --seconds N       how long each plan breaks things (default 20)
  --runs N          how many runs at once (default 12)
  --rounds N        every plan so many times, each time with another seed (default 1)
  --jobs PATH       a job of your own, as a JavaScript file that exports it by default
  --field NAME=TEXT what to type into your job's form; may be given several times

Plans:
${PLANS.map(({ name, database, meaning }) => `  ${name.padEnd(12)}${database.padEnd(10)}${meaning}`).join('\n')}`;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The trials that a command line asks for, in order. Throws `UsageError`. */
export async function readTrials(args: readonly string[]): Promise<Trial[]> {
  const { values } = parse(args);
  if (values.help) throw new UsageError(USAGE);
  const seed = values.seed ?? String(Math.floor(Math.random() * 1e9));
  const seconds = whole('--seconds', values.seconds, 1, 86_400);
  const runs = whole('--runs', values.runs, 1, 1000);
  const rounds = whole('--rounds', values.rounds, 1, 100_000);
  const own = values.jobs === undefined ? null : await readOwnJob(values.jobs, values.field ?? []);
  const plans = choosePlans(values.plan ?? [], values.database);
  // The first round has the seed itself, so that a seed that was printed can be typed in again.
  const seeds = Array.from({ length: rounds }, (_, i) => (i === 0 ? seed : `${seed}.${i + 1}`));
  return seeds.flatMap((each) => plans.map((plan) => ({ plan, seed: each, seconds, runs, own })));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        plan: { type: 'string', multiple: true },
        database: { type: 'string' },
        seed: { type: 'string' },
        seconds: { type: 'string', default: '20' },
        runs: { type: 'string', default: '12' },
        rounds: { type: 'string', default: '1' },
        jobs: { type: 'string' },
        field: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function choosePlans(names: readonly string[], database: string | undefined) {
  const unknown = names.find((name) => !PLANS.some((plan) => plan.name === name));
  if (unknown !== undefined) throw new UsageError(`--plan ${unknown}: there is no such plan\n\n${USAGE}`);
  if (database !== undefined && !PLANS.some((plan) => plan.database === database)) {
    throw new UsageError('--database is sqlite, postgres or cookie');
  }
  const wanted = PLANS.filter(
    (plan) => (names.length === 0 || names.includes(plan.name)) && (database ?? plan.database) === plan.database,
  );
  if (wanted.length === 0) throw new UsageError(`no plan named ${names} is on ${database}`);
  return wanted;
}

async function readOwnJob(path: string, fields: readonly string[]): Promise<Trial['own']> {
  const { default: job } = await import(pathToFileURL(resolve(path)).href);
  if (typeof job?.name !== 'string') throw new UsageError(`--jobs ${path} does not export a job by default`);
  const typed = fields.map((field) => {
    const at = field.indexOf('=');
    if (at < 1) throw new UsageError(`--field ${field}: NAME=TEXT is expected`);
    return [field.slice(0, at), field.slice(at + 1)];
  });
  return { path, job: job.name, fields: () => Object.fromEntries(typed) };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${name} is a whole number from ${min} to ${max}`);
  }
  return value;
}
