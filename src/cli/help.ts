import type { Words } from '../http/words.js';

/** What can be typed behind `tobiishi`, by the key of its text below `cli.help`. */
const COMMANDS = {
  serve: 'serve',
  run: 'run JOB --FIELD=VALUE',
  resume: 'resume RUN',
  runs: 'runs',
  export: 'export RUN',
  work: 'work',
  schedule: 'schedule',
  scheduleAdd: 'schedule add RUN --cron="0 6 * * *"',
  schedulePause: 'schedule pause|resume|delete SCHEDULE',
} as const;

const OPTIONS = {
  field: '--field NAME=VALUE',
  file: '--file NAME=PATH',
  recipe: '--recipe FILE|LINK',
  out: '--out PATH',
  format: '--format FORMAT',
  json: '--json',
  at: '--at URL',
  database: '--database DATABASE',
  jobs: '--jobs PATHS',
  cron: '--cron FIELDS',
  zone: '--zone ZONE',
  version: '--version',
} as const;

export function helpText({ t }: Pick<Words, 't'>): string {
  const table = (typed: Readonly<Record<string, string>>, before: string) => {
    const width = Math.max(...Object.values(typed).map(({ length }) => length)) + 2;
    return Object.entries(typed).map(([key, text]) => `  ${before}${text.padEnd(width)}${t(`cli.help.${key}`)}`);
  };
  return [
    t('cli.help.lead'),
    '',
    ...table(COMMANDS, 'tobiishi '),
    '',
    t('cli.help.job'),
    t('cli.help.value'),
    '',
    ...table(OPTIONS, ''),
    '',
    t('cli.help.settings'),
    '',
    t('cli.help.codes'),
    '',
  ].join('\n');
}
