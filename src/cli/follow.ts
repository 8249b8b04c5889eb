import type { Words } from '../http/words.js';
import type { RowsFormat } from '../pages/paths.js';
import type { RunStatusJson } from '../pages/run/status.js';
import { type ExitCode, exitCodeOf } from './exit-codes.js';
import { type RowsTarget, writeRows } from './rows-target.js';
import { figuresOf, ProgressView, type Terminal } from './terminal.js';

/** A run that is driven from here, in the database or over HTTP. */
export interface DrivenRun {
  /** The command that goes on with it. */
  readonly resumeCommand: string;
  /** Until it is no longer `running`, or the signal is aborted; then what was at work is recorded. Null when it was deleted. */
  drive(stop: AbortSignal, tell: Told): Promise<RunStatusJson | null>;
  /** Has it rest, unless it has ended by itself; answers how it is then. */
  pause(): Promise<RunStatusJson | null>;
  rows(format: RowsFormat): AsyncIterable<string | Uint8Array>;
}

export interface Told {
  progress(run: RunStatusJson): void;
  /** Something a person would want to know: a step failed, the host is away. */
  say(text: string): void;
}

export interface FollowOptions {
  readonly json: boolean;
  readonly target: RowsTarget | null;
}

/** Sees a run through: shows how far it is, pauses it at Ctrl-C, writes its rows, and answers what to exit with. */
export async function follow(driven: DrivenRun, options: FollowOptions, terminal: Terminal): Promise<ExitCode> {
  const { stop, words } = terminal;
  const view = new ProgressView(terminal, options.json);
  const noteStop = () => view.say(words.t('cli.stopping'));
  stop.addEventListener('abort', noteStop, { once: true });
  let run = await driven.drive(stop, { progress: (each) => view.show(each), say: (text) => view.say(text) });
  stop.removeEventListener('abort', noteStop);
  // Whoever ends the process means the process, not the run.
  if (stop.reason === 'SIGINT' && run?.status === 'running') run = await driven.pause();
  if (options.json && run !== null) view.show(run);
  for (const line of ending(run, driven, words)) view.say(line);
  if (options.target !== null && run !== null)
    await writeRows(driven.rows(options.target.format), options.target, terminal);
  return exitCodeOf(run);
}

function ending(run: RunStatusJson | null, { resumeCommand }: DrivenRun, words: Words): string[] {
  if (run === null) return [words.t('cli.deleted')];
  const { status, failure, warnings } = run;
  const lines = [words.t(`cli.endings.${status}`, { figures: figuresOf(run, words) })];
  if (status === 'failed' && failure !== null) lines.push(failure);
  lines.push(...warnings.map((warning) => words.t('cli.warning', { warning })));
  if (status !== 'done' && status !== 'cancelled') lines.push(words.t('cli.goOn', { command: resumeCommand }));
  return lines;
}
