import { isTobiishiError, TobiishiError } from '../core/errors.js';
import type { CommandLine } from './arguments.js';
import { EXIT, type ExitCode, UsageError } from './exit-codes.js';
import { follow } from './follow.js';
import { LocalRuns } from './local.js';
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
  const runs = await open(line, env, terminal);
  try {
    if (command === 'runs') return await list(runs, json, terminal);
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

async function open(line: CommandLine, env: NodeJS.ProcessEnv, { err }: Terminal): Promise<LocalRuns> {
  try {
    return await LocalRuns.open(line, env, (text) => err.write(`${text}\n`));
  } catch (error) {
    if (!isTobiishiError(error, 'store-unavailable')) throw error;
    const hint = 'While a server has the database, drive the run through it: --at http://localhost:3000';
    throw new TobiishiError(error.code, `${error.message}\n${hint}`, {}, { cause: error });
  }
}

async function list(runs: LocalRuns, json: boolean, { out }: Terminal): Promise<ExitCode> {
  for (const run of await runs.list(LISTED_RUNS)) {
    const { id, job, status } = run;
    const shown = `${id}  ${status.padEnd(9)}  ${job}  ${figuresOf(run, runs.words.duration)}`;
    out.write(`${json ? JSON.stringify(run) : shown}\n`);
  }
  return EXIT.done;
}
