import { homedir } from 'node:os';
import { join } from 'node:path';
import { isTobiishiError, TobiishiError } from '../core/errors.js';
import type { CommandLine } from './arguments.js';
import { EXIT, type ExitCode, UsageError } from './exit-codes.js';
import { follow } from './follow.js';
import { HostClient } from './host-client.js';
import { LocalRuns } from './local.js';
import { RemoteRuns } from './remote.js';
import { rowsTarget, writeRows } from './rows-target.js';
import { figuresOf, type Terminal } from './terminal.js';

/** `tobiishi runs` lists the newest. */
const LISTED_RUNS = 100;

/** Does what the command line says, but for `serve`; answers what to exit with. Throws what `main` prints. */
export async function execute(line: CommandLine, env: NodeJS.ProcessEnv, terminal: Terminal): Promise<ExitCode> {
  const { command, flags, texts } = line;
  const isExport = command === 'export';
  const out = texts.out ?? (isExport ? '-' : null);
  const json = flags.has('json');
  if (json && out === '-' && !isExport) throw new UsageError('--json and --out - both write to the standard output.');
  const target = out === null ? null : await rowsTarget(out, texts.format);
  if (command === 'runs') return await list(line, env, json, terminal);
  const runs = texts.at === undefined ? await openLocal(line, env, terminal) : openRemote(line, texts.at);
  try {
    if (isExport && target !== null) {
      const run = await runs.find(runOf(line));
      await writeRows(run.rows(target.format), target, terminal);
      return EXIT.done;
    }
    const driven = command === 'run' ? await runs.start() : await runs.resume(runOf(line));
    return await follow(driven, { json, target, duration: runs.words.duration }, terminal);
  } finally {
    await runs.close();
  }
}

function runOf({ command, operand }: CommandLine): string {
  if (operand === null) throw new UsageError(`${command} needs the id of a run: tobiishi runs lists them.`);
  return operand;
}

/** Its sessions are kept for the next command, which may go on with a run of this one. */
function openRemote(line: CommandLine, given: string): RemoteRuns {
  if (!/^https?:$/.test(URL.canParse(given) ? new URL(given).protocol : '')) {
    throw new UsageError('--at needs an address such as http://localhost:3000');
  }
  const at = given.replace(/\/+$/, '');
  return new RemoteRuns(line, at, new HostClient(at, join(homedir(), '.tobiishi', 'sessions.json')));
}

async function openLocal(line: CommandLine, env: NodeJS.ProcessEnv, { err }: Terminal): Promise<LocalRuns> {
  try {
    return await LocalRuns.open(line, env, (text) => err.write(`${text}\n`));
  } catch (error) {
    if (!isTobiishiError(error, 'store-unavailable')) throw error;
    const hint = 'While a server has the database, drive the run through it: --at http://localhost:3000';
    throw new TobiishiError(error.code, `${error.message}\n${hint}`, {}, { cause: error });
  }
}

async function list(line: CommandLine, env: NodeJS.ProcessEnv, json: boolean, terminal: Terminal): Promise<ExitCode> {
  if (line.texts.at !== undefined) throw new UsageError('The runs of a server are listed on its home page.');
  const runs = await openLocal(line, env, terminal);
  try {
    for (const run of await runs.list(LISTED_RUNS)) {
      const { id, job, status } = run;
      const shown = `${id}  ${status.padEnd(9)}  ${job}  ${figuresOf(run, runs.words.duration)}`;
      terminal.out.write(`${json ? JSON.stringify(run) : shown}\n`);
    }
  } finally {
    await runs.close();
  }
  return EXIT.done;
}
