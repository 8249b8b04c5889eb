const NUMBER = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?$/i;
const DAY_MS = 24 * 60 * 60_000;

/** What values of these types look like, and what they are worth: https://html.spec.whatwg.org/#dates-and-times */
const TYPES: ReadonlyMap<string, (text: string) => number | null> = new Map([
  ['number', numberIn],
  ['range', numberIn],
  ['date', dayIn],
  ['month', monthIn],
  ['week', weekIn],
  ['time', timeIn],
  ['datetime-local', momentIn],
]);

/** Whether an input of this type may have bounds. */
export function mayHaveBounds(type: string): boolean {
  return TYPES.has(type);
}

/** A value of such an input, to be compared with others of its type; null for what is none. */
export function boundedValue(type: string, text: string): number | null {
  return TYPES.get(type)?.(text) ?? null;
}

function numberIn(text: string): number | null {
  return NUMBER.test(text) ? Number(text) : null;
}

function dayIn(text: string): number | null {
  const [, year, month, day] = /^(\d{4,6})-(\d\d)-(\d\d)$/.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = month >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal && year > 0 ? date.getTime() / DAY_MS : null;
}

function monthIn(text: string): number | null {
  return /^\d{4,6}-\d\d$/.test(text) ? dayIn(`${text}-01`) : null;
}

/** As 100 times the year and the week. */
function weekIn(text: string): number | null {
  const [, year, week] = /^(\d{4,6})-W(\d\d)$/.exec(text)?.map(Number) ?? [];
  if (year === undefined || week === undefined || year === 0) return null;
  return week >= 1 && week <= weeksOf(year) ? year * 100 + week : null;
}

/** A year whose first or last day is a Thursday has one week more. */
function weeksOf(year: number): number {
  const THURSDAY = 4;
  const isLong = ['01-01', '12-31'].some((day) => {
    const days = dayIn(`${String(year).padStart(4, '0')}-${day}`) ?? 0;
    return new Date(days * DAY_MS).getUTCDay() === THURSDAY;
  });
  return isLong ? 53 : 52;
}

/** In seconds. */
function timeIn(text: string): number | null {
  const [, hours, minutes, seconds = 0] = /^(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,3})?))?$/.exec(text) ?? [];
  if (hours === undefined) return null;
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  return h < 24 && m < 60 && s < 60 ? (h * 60 + m) * 60 + s : null;
}

function momentIn(text: string): number | null {
  const [, date = '', time = ''] = /^([^T ]+)[T ](.+)$/.exec(text) ?? [];
  const [day, seconds] = [dayIn(date), timeIn(time)];
  return day === null || seconds === null ? null : day * (DAY_MS / 1000) + seconds;
}
