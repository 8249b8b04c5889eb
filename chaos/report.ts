import { createHash } from 'node:crypto';
import type { Report, Trial } from './harness.js';
import { processesOf } from './plans.js';

const SHOWN_PROBLEMS = 20;
const DATABASES = { sqlite: 'SQLite', postgres: 'PostgreSQL', cookie: 'what browsers carry' };

/** The figures of a trial, for people. */
export function reportText(report: Report): string {
  const { trial, diary, tally, problems } = report;
  const { plan } = trial;
  const count = processesOf(plan);
  const processes = count === 1 ? '1 process' : `${count} processes`;
  const lines = [
    `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${plan.name}: ${processes} on ${DATABASES[plan.database]}, seed ${trial.seed}, ` +
      `plan ${digest(report.schedule)}, ${(report.tookMs / 1000).toFixed(0)} s`,
    `     runs ${report.runs}, steps recorded ${report.steps}, Retry pressed ${diary.retriesPressed}, ` +
      `rows read back ${diary.snapshots} times`,
    ...(tally === null
      ? []
      : [
          `     executions ${tally.executions} = ${tally.recorded} recorded + ${tally.threw} thrown + ${tally.lost} lost`,
        ]),
    `     done to processes: ${counts(report.disturbances)}; ended by their own steps ${report.stepExits}`,
    `     requests: ${counts(report.faults)}`,
    `     answers ${diary.answers}, asked again ${diary.troubles}`,
  ];
  for (const { rule, run, detail } of problems.slice(0, SHOWN_PROBLEMS)) lines.push(`     ! ${rule} ${run} ${detail}`);
  if (problems.length > SHOWN_PROBLEMS) lines.push(`     ! and ${problems.length - SHOWN_PROBLEMS} more`);
  if (problems.length > 0) {
    lines.push(`     kept in ${report.directory}`, `     again: ${commandFor(trial)}`);
  }
  return lines.join('\n');
}

/** Repeats a trial's plan: every decision is the same, only the machine's own timing is not. */
export function commandFor({ plan, seed, seconds, runs, own }: Trial): string {
  const fields = Object.entries(own?.fields('') ?? {}).map(([name, value]) => ` --field ${name}=${value}`);
  const job = own === null ? '' : ` --jobs ${own.path}${fields.join('')}`;
  return `npm run chaos -- --plan ${plan.name} --seed ${seed} --seconds ${seconds} --runs ${runs}${job}`;
}

/** Two schedules with the same digest are the same. */
function digest(schedule: Report['schedule']): string {
  return createHash('sha256').update(JSON.stringify(schedule)).digest('hex').slice(0, 8);
}

function counts(of: ReadonlyMap<string, number>): string {
  return [...of].map(([what, count]) => `${what} ${count}`).join(', ') || 'nothing';
}
