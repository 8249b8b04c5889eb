import type { Schedule } from '../core/schedules.js';
import { scheduleJson } from '../pages/schedule/listed.js';
import type { CommandLine } from './arguments.js';
import { EXIT, type ExitCode, UsageError } from './exit-codes.js';
import type { LocalRuns } from './local.js';
import type { Terminal } from './terminal.js';

/** Lists, adds and changes repeated runs. Closes `runs`. */
export async function changeSchedules(line: CommandLine, runs: LocalRuns, terminal: Terminal): Promise<ExitCode> {
  const { action, operand, texts, flags } = line;
  try {
    if (action === 'list') {
      for (const schedule of await runs.listSchedules()) show(schedule, flags.has('json'), terminal);
      return EXIT.done;
    }
    if (operand === null)
      throw new UsageError(action === 'add' ? 'which-run' : 'which-schedule', { command: 'schedule add' });
    if (action === 'add') {
      if (texts.cron === undefined) throw new UsageError('no-cron');
      show(await runs.repeat(operand, texts.cron, texts.zone ?? null), flags.has('json'), terminal);
      if (!flags.has('json')) terminal.err.write(`${terminal.words.t('cli.whoStarts')}\n`);
    } else if (action !== null) await runs.changeSchedule(operand, action);
    return EXIT.done;
  } finally {
    await runs.close();
  }
}

/** What a schedule is, but for what it was given. */
function show(schedule: Schedule, json: boolean, { out, words }: Terminal): void {
  const shown = scheduleJson(schedule);
  if (json) return void out.write(`${JSON.stringify(shown)}\n`);
  const { id, job, name, cron, timeZone, isPaused, nextAt, problem } = shown;
  const next =
    nextAt === null
      ? words.t(isPaused ? 'schedule.isPaused' : 'schedule.over')
      : words.t('cli.next', { time: new Date(nextAt).toISOString() });
  const parts = [id, `${cron} (${timeZone})`, name ?? job, next];
  if (problem !== null)
    parts.push(words.or(`schedule.problems.${problem}`, words.or(`errors.${problem}.title`, problem)));
  out.write(`${parts.join('  ')}\n`);
}
