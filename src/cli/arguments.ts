import { parseArgs } from 'node:util';
import { UsageError } from './exit-codes.js';

const COMMANDS = ['serve', 'run', 'resume', 'runs', 'export', 'work', 'schedule'] as const;
export type CommandName = (typeof COMMANDS)[number];
const SCHEDULE_COMMANDS = ['list', 'add', 'pause', 'resume', 'delete'] as const;
export type ScheduleCommand = (typeof SCHEDULE_COMMANDS)[number];

const TEXT_OPTIONS = ['recipe', 'out', 'format', 'at', 'database', 'jobs', 'cron', 'zone'] as const;
const FLAGS = ['json', 'help', 'version'] as const;

/** A command line, taken apart. */
export interface CommandLine {
  /** Null when there is none: help is wanted. */
  readonly command: CommandName | null;
  /** What to do with a schedule; null for every other command. */
  readonly action: ScheduleCommand | null;
  /** The job, run or schedule that it is about; null when none is named. */
  readonly operand: string | null;
  readonly texts: Readonly<Partial<Record<(typeof TEXT_OPTIONS)[number], string>>>;
  readonly flags: ReadonlySet<(typeof FLAGS)[number]>;
  /** What is typed into the job's form, by field. */
  readonly fields: Readonly<Record<string, string>>;
  /** Paths of files, by field. */
  readonly files: Readonly<Record<string, string>>;
}

/** The id of a run or schedule, one of 64, that begins as an option does. */
const ID = /^-[\w-]{21}$/;

/** Throws a `UsageError`. Whether a field exists, only the job knows. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const options = {
    ...Object.fromEntries([...TEXT_OPTIONS, 'field', 'file'].map((name) => [name, { type: 'string' as const }])),
    ...Object.fromEntries(FLAGS.map((name) => [name, { type: 'boolean' as const }])),
    help: { type: 'boolean' as const, short: 'h' },
  };
  const { positionals, tokens } = parseArgs({
    args: idsLast(args),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const [command = null, ...words] = positionals;
  if (command !== null && !isOneOf(COMMANDS, command)) throw new UsageError('no-command', { command });
  const action = command === 'schedule' ? (words.shift() ?? 'list') : null;
  if (action !== null && !isOneOf(SCHEDULE_COMMANDS, action)) {
    throw new UsageError('no-command', { command: `${command} ${action}` });
  }
  const [operand = null, more] = words;
  if (more !== undefined) throw new UsageError('word-too-many', { word: more });

  const texts: Record<string, string> = {};
  const flags = new Set<(typeof FLAGS)[number]>();
  const fields: Record<string, string> = Object.create(null);
  const files: Record<string, string> = Object.create(null);
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (isOneOf(FLAGS, name)) flags.add(name);
    else if (isOneOf(TEXT_OPTIONS, name)) texts[name] = given(rawName, value);
    else if (name === 'file') assign(files, rawName, given(rawName, value));
    else if (command !== 'run' || !rawName.startsWith('--')) throw new UsageError('no-option', { option: rawName });
    else if (name === 'field') assign(fields, rawName, given(rawName, value));
    else addLine(fields, name, value ?? 'on');
  }
  return { command, action, operand, texts, flags, fields, files };
}

/** Behind `--`, where nothing is an option. `run` takes no id, and the name of a field may look like one. */
function idsLast(args: readonly string[]): string[] {
  const ids = args.includes('run') || args.includes('--') ? [] : args.filter((arg) => ID.test(arg));
  return ids.length === 0 ? [...args] : [...args.filter((arg) => !ids.includes(arg)), '--', ...ids];
}

/** `--field NAME=VALUE`. */
function assign(into: Record<string, string>, option: string, text: string): void {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError('no-assignment', { option });
  addLine(into, name, value);
}

/** A field that is given again gets another line. */
function addLine(into: Record<string, string>, name: string, value: string): void {
  into[name] = into[name] === undefined ? value : `${into[name]}\n${value}`;
}

function given(option: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError('no-value', { option });
  return value;
}

function isOneOf<const T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
