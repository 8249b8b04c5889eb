import { homedir } from 'node:os';
import { join } from 'node:path';
import { isTobiishiError, TobiishiError } from '../core/errors.js';
import type { Words } from '../http/words.js';
import type { CommandLine } from './arguments.js';
import { EXIT, type ExitCode, UsageError } from './exit-codes.js';
import { follow } from './follow.js';
import { HostClient } from './host-client.js';
import { LocalRuns } from './local.js';
import { RemoteRuns } from './remote.js';
import { rowsTarget, writeRows } from './rows-target.js';
import { changeSchedules } from './schedule.js';
import { figuresOf, type Terminal } from './terminal.js';

/** `tobiishi runs` lists the newest. */
const LISTED_RUNS = 100;

/** Does what the command line says, but for `serve`; answers what to exit with. Throws what `main` prints. */
export async function execute(line: CommandLine, env: NodeJS.ProcessEnv, terminal: Terminal): Promise<ExitCode> {
  const { command, flags, texts } = line;
  const isExport = command === 'export';
  const out = texts.out ?? (isExport ? '-' : null);
  const json = flags.has('json');
  if (json && out === '-' && !isExport) throw new UsageError('two-outputs');
  const target = out === null ? null : await rowsTarget(out, texts.format);
  if (command === 'runs' || command === 'schedule') {
    if (texts.at !== undefined) throw new UsageError('on-home-page');
    return await (command === 'runs' ? list : changeSchedules)(line, await openLocal(line, env, terminal), terminal);
  }
  const runs =
    texts.at === undefined ? await openLocal(line, env, terminal) : openRemote(line, texts.at, terminal.words);
  try {
    if (isExport && target !== null) {
      const run = await runs.find(runOf(line));
      await writeRows(run.rows(target.format), target, terminal);
      return EXIT.done;
    }
    const driven = command === 'run' ? await runs.start() : await runs.resume(runOf(line));
    return await follow(driven, { json, target }, terminal);
  } finally {
    await runs.close();
  }
}

function runOf({ command, operand }: CommandLine): string {
  if (operand === null) throw new UsageError('which-run', { command });
  return operand;
}

/** Its sessions are kept for the next command, which may go on with a run of this one. */
function openRemote(line: CommandLine, given: string, words: Words): RemoteRuns {
  if (!/^https?:$/.test(URL.canParse(given) ? new URL(given).protocol : '')) {
    throw new UsageError('no-address');
  }
  const at = given.replace(/\/+$/, '');
  return new RemoteRuns(words, line, at, new HostClient(at, join(homedir(), '.tobiishi', 'sessions.json'), words));
}

async function openLocal(line: CommandLine, env: NodeJS.ProcessEnv, terminal: Terminal): Promise<LocalRuns> {
  try {
    return await LocalRuns.open(line, env, terminal);
  } catch (error) {
    if (!isTobiishiError(error, 'store-unavailable')) throw error;
    const hint = terminal.words.t('cli.throughServer');
    throw new TobiishiError(error.code, `${error.message}\n${hint}`, {}, { cause: error });
  }
}

async function list({ flags }: CommandLine, runs: LocalRuns, { out, words }: Terminal): Promise<ExitCode> {
  try {
    for (const run of await runs.list(LISTED_RUNS)) {
      const { id, job, status } = run;
      const shown = `${id}  ${status.padEnd(9)}  ${job}  ${figuresOf(run, words)}`;
      out.write(`${flags.has('json') ? JSON.stringify(run) : shown}\n`);
    }
  } finally {
    await runs.close();
  }
  return EXIT.done;
}
