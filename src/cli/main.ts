#!/usr/bin/env node
import { constants } from 'node:os';
import { isTobiishiError } from '../core/errors.js';
import { isJobError } from '../core/job-error.js';
import { version } from '../http/root.js';
import { makeWords } from '../http/words.js';
import { ConfigError } from '../server/config.js';
import { parseCommandLine } from './arguments.js';
import { execute } from './commands.js';
import { EXIT, UsageError } from './exit-codes.js';
import { helpText } from './help.js';
import { languageOf } from './language.js';

const stop = new AbortController();

/** A second one leaves at once what is at work: its lease ends by itself. */
function stopOn(signal: 'SIGINT' | 'SIGTERM'): void {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? EXIT.stopped : 128 + constants.signals[signal]);
    stop.abort(signal);
  });
}

const words = makeWords()[languageOf(process.env)];

async function main(): Promise<void> {
  const line = parseCommandLine(process.argv.slice(2));
  if (line.flags.has('version')) return void console.log(version);
  if (line.flags.has('help') || line.command === null) return void process.stdout.write(helpText(words));
  if (line.command === 'serve') return (await import('../server/serve.js')).serve(process.env);
  stopOn('SIGINT');
  stopOn('SIGTERM');
  if (line.command === 'work') return (await import('./work.js')).work(line, process.env, stop.signal);
  const terminal = { out: process.stdout, err: process.stderr, stop: stop.signal, words };
  process.exitCode = await execute(line, process.env, terminal);
}

/** Of what concerns a run, what a page says; the rest is in the words of those who run servers. */
function textOf(error: Error): string {
  if (error instanceof UsageError) return words.t(`cli.errors.${error.code}`, error.params);
  const title = isTobiishiError(error) && words.language !== 'en' ? words.or(`errors.${error.code}.title`, '') : '';
  return [title, error.message].filter((text) => text !== '').join('\n');
}

main().catch((error) => {
  const isAsked =
    error instanceof UsageError || error instanceof ConfigError || isJobError(error) || isTobiishiError(error);
  // What can be mended is a message; anything else is a bug and needs its stack.
  console.error(isAsked ? textOf(error) : error);
  if (error instanceof UsageError) console.error(words.t('cli.seeHelp'));
  process.exit(isAsked ? EXIT.askedWrongly : EXIT.failedSteps);
});
