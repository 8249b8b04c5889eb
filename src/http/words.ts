import { LruCache } from '../core/lru-cache.js';
import { once } from '../core/once.js';
import { type FindText, findersOf, type Language, type Text, type TextsByLanguage } from './texts.js';

type Params = Readonly<Record<string, unknown>>;

/** Every word a person sees, in one language. */
export interface Words {
  readonly language: Language;
  /** In `params`, a number of `seconds` is there as `duration`, too. */
  t(key: string, params?: Params): string;
  /** The text, or `otherwise` when the key has none: for what jobs bring along. */
  or(key: string, otherwise: string, params?: Params): string;
  number(value: number): string;
  /** Milliseconds as "1 min 5 sec", the greatest unit and the next; "less than a second" below that. */
  duration(ms: number): string;
  /** Milliseconds in seconds, parts of them included, from a minute on as a duration: "0.35 sec". */
  seconds(ms: number): string;
  /** By the server's clock, with its zone: "13:25:51 UTC"; with the date when `at` is not on the day of `now`. */
  time(at: number, now: number): string;
  /** Date and time by the server's clock, with its zone: "Nov 23, 2026, 13:25 UTC". */
  date(at: number): string;
  /** Bytes as "12 kB". */
  size(bytes: number): string;
  /** Sunday is 0. */
  weekday(day: number): string;
  /** How long ago `ms` milliseconds are: "3 minutes ago". */
  ago(ms: number): string;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

const NO_PARAMS: Params = {};
const MOST_FORMATTED = 500;
const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * As `make` formats: pages of one run are much alike, and `Intl` takes longer than the rest of a text. Made when first
 * needed, because `Intl` loads its data with the first of each kind, a tenth of the start and of the memory.
 */
function formatter(make: () => { format(value: number): string }, change = (text: string) => text) {
  const format = once(make);
  const formatted = new LruCache<string>(MOST_FORMATTED);
  return (value: number): string => {
    const key = String(value);
    const before = formatted.get(key);
    if (before !== undefined) return before;
    const text = change(format().format(value));
    formatted.set(key, text);
    return text;
  };
}

/** Between a number and its unit, and between two of them; `Intl` has a space there in Japanese, too. */
const UNIT_SPACE: Readonly<Record<Language, string>> = { en: ' ', ja: '' };

function wordsIn(language: Language, find: FindText): Words {
  const close = (text: string) => text.replaceAll(' ', UNIT_SPACE[language]);
  const number = formatter(() => new Intl.NumberFormat(language));
  const relative = once(() => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }));
  const clockTime = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  const time = once(() => new Intl.DateTimeFormat(language, { ...clockTime, timeZoneName: 'short' }));
  const minute = formatter(
    () =>
      new Intl.DateTimeFormat(language, {
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        timeZoneName: 'short',
      }),
  );
  // Seconds are not shown: what happened in one minute is formatted once.
  const date = (at: number): string => minute(Math.floor(at / MINUTE_MS) * MINUTE_MS);
  const units = UNITS.map(([unit, seconds]) => {
    const style = { style: 'unit', unit, unitDisplay: 'short' } as const;
    return { unit, seconds, format: formatter(() => new Intl.NumberFormat(language, style), close) };
  });
  const seconds = (ms: number): string => (ms < 60_000 ? (units.at(-1)?.format(ms / 1000) ?? '') : duration(ms));
  const shown = (name: string, params: Params): string => {
    const value = params[name];
    if (typeof value === 'number') return number(value);
    if (Array.isArray(value)) return value.join(t('site.comma'));
    if (value === undefined && name === 'duration' && typeof params['seconds'] === 'number') {
      return seconds(params['seconds'] * 1000);
    }
    return String(value ?? '');
  };
  const written = (text: Text, params: Params): string => {
    let result = text[0] ?? '';
    for (let i = 1; i < text.length; i += 2) result += shown(text[i] ?? '', params) + (text[i + 1] ?? '');
    return result;
  };
  const or = (key: string, otherwise: string, params: Params = NO_PARAMS): string => {
    const { count } = params;
    const text = find(key, typeof count === 'number' ? count : null);
    return text === null ? otherwise : written(text, params);
  };
  const t = (key: string, params?: Params): string => or(key, key, params);
  const duration = (ms: number): string => {
    // Nothing that ran took "0 sec".
    if (ms < 1000) return t('site.lessThanSecond');
    const whole = Math.round(ms / 1000);
    const greatest = units.findIndex(({ seconds }) => whole >= seconds);
    let rest = whole;
    const parts: string[] = [];
    for (const { seconds, format } of units.slice(greatest, greatest + 2)) {
      const count = Math.floor(rest / seconds);
      rest -= count * seconds;
      if (count > 0) parts.push(format(count));
    }
    return parts.join(UNIT_SPACE[language]);
  };
  return {
    language,
    t,
    or,
    number,
    duration,
    seconds,
    time: (at, now) => (isSameDay(at, now) ? time().format(at) : date(at)),
    date,
    size(bytes) {
      const power = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
      const style = {
        style: 'unit',
        // "5 bytes", because the short form has no plural; "12 kB".
        unitDisplay: power === 0 ? 'long' : 'short',
        maximumFractionDigits: bytes < 1000 ** power * 10 ? 1 : 0,
      } as const;
      const format = new Intl.NumberFormat(language, { ...style, unit: SIZES[power] ?? 'byte' });
      return close(format.format(bytes / 1000 ** power));
    },
    // The fourth of January 1970 was a Sunday.
    weekday: (day) =>
      new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format((3 + day) * DAY_MS),
    ago(ms) {
      const passed = Math.max(0, Math.round(ms / 1000));
      const { unit, seconds } = units.find((each) => passed >= each.seconds) ?? { unit: 'second', seconds: 1 };
      return close(relative().format(-Math.floor(passed / seconds), unit));
    },
  };
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** The words of each language: those of `locales/`, and `more`, of which a later one replaces an earlier one. */
export function makeWords(...more: TextsByLanguage[]): Readonly<Record<Language, Words>> {
  const find = findersOf(more);
  return { en: wordsIn('en', find.en), ja: wordsIn('ja', find.ja) };
}
