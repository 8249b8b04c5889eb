/** Loaded with the first schedule: few servers have any. */
const croner = () => import('croner');

/**
 * The next time after `from` (ms since 1970) that five fields of cron name, read in an IANA time zone; null when none comes.
 * Throws a `RangeError` for what is no cron text, or no zone.
 */
export async function nextTime(cron: string, timeZone: string, from: number): Promise<number | null> {
  const { Cron } = await croner();
  try {
    return (
      new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(new Date(from))?.getTime() ?? null
    );
  } catch (cause) {
    throw new RangeError(`no times: ${cron} in ${timeZone}`, { cause });
  }
}

export function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** How often, for those who know no cron. */
export const REPEATS = ['hourly', 'daily', 'weekly', 'monthly'] as const;
export type Repeat = (typeof REPEATS)[number];

export interface SimpleTimes {
  readonly repeat: Repeat;
  readonly hour: number;
  readonly minute: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export function cronOf({ repeat, hour, minute, weekday }: SimpleTimes): string {
  switch (repeat) {
    case 'hourly':
      return `${minute} * * * *`;
    case 'daily':
      return `${minute} ${hour} * * *`;
    case 'weekly':
      return `${minute} ${hour} * * ${weekday}`;
    case 'monthly':
      return `${minute} ${hour} 1 * *`;
  }
}

/** The other way round; null for what can be said in cron alone. */
export function simpleTimes(cron: string): SimpleTimes | null {
  const [, minute, hour, day, weekday] = /^(\d+) (\d+|\*) (1|\*) \* (\d|\*)$/.exec(cron) ?? [];
  if (minute === undefined) return null;
  const repeat = `${hour === '*' ? '*' : 'h'} ${day} ${weekday === '*' ? '*' : 'w'}`;
  const name = { '* * *': 'hourly', 'h * *': 'daily', 'h * w': 'weekly', 'h 1 *': 'monthly' }[repeat];
  if (name === undefined) return null;
  return { repeat: name as Repeat, hour: Number(hour) || 0, minute: Number(minute), weekday: Number(weekday) || 0 };
}
