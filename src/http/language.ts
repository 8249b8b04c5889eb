import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Request, RequestHandler } from 'express';
import type { Failure } from '../core/errors.js';
import type { Job } from '../core/job.js';
import { lazily } from '../core/lazy.js';
import { Recent } from '../core/lru-cache.js';
import type { Input } from '../core/run.js';
import type { Item } from '../core/step.js';
import { i18next } from './packages.js';
import { projectRoot } from './root.js';
import { saveSession, sessionOf } from './session.js';

export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

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
  /** How long ago `ms` milliseconds are: "3 minutes ago". */
  ago(ms: number): string;
}

function texts(language: Language): Record<string, unknown> {
  return JSON.parse(readFileSync(join(projectRoot, 'locales', `${language}.json`), 'utf8'));
}

const resources = Object.fromEntries(LANGUAGES.map((language) => [language, { translation: texts(language) }]));

const translations = lazily(() => {
  const made = i18next().createInstance();
  void made.init({ initImmediate: false, fallbackLng: 'en', supportedLngs: [...LANGUAGES], resources });
  return made;
});

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** What stands as it is and names of values, in turns. */
type Text = readonly string[];

const MOST_FORMATTED = 500;

/**
 * As `make` formats: pages of one run are much alike, and `Intl` takes longer than the rest of a text. Made when first
 * needed, because `Intl` loads its data with the first of each kind, a tenth of the start and of the memory.
 */
function formatter(make: () => { format(value: number): string }): (value: number) => string {
  const format = lazily(make);
  const recent = new Recent<string>(MOST_FORMATTED);
  return (value) => recent.find(String(value), () => format().format(value)) ?? '';
}

/** Between a number and its unit, and between two of them; `Intl` has a space there in Japanese, too. */
const UNIT_SPACE: Readonly<Record<Language, string>> = { en: ' ', ja: '' };

function makeWords(language: Language): Words {
  const close = (text: string) => text.replaceAll(' ', UNIT_SPACE[language]);
  const fixed = lazily(() => translations().getFixedT(language));
  const number = formatter(() => new Intl.NumberFormat(language));
  const relative = lazily(() => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }));
  const clockTime = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  const time = lazily(() => new Intl.DateTimeFormat(language, { ...clockTime, timeZoneName: 'short' }));
  const date = formatter(
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
  const units = UNITS.map(([unit, seconds]) => {
    const format = formatter(() => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }));
    return { unit, seconds, format: (value: number) => close(format(value)) };
  });
  const plural = lazily(() => new Intl.PluralRules(language));
  const seconds = (ms: number): string => (ms < 60_000 ? (units.at(-1)?.format(ms / 1000) ?? '') : duration(ms));
  const chosen = new Map<string, Text>();
  // i18next chooses the text, which takes longer than the rest of a page: once for each key and plural form.
  const choose = (key: string, count: number | undefined): Text => {
    const form = count === undefined ? key : `${key} ${count === 0 ? 'zero' : plural().select(count)}`;
    let text = chosen.get(form);
    if (text === undefined) {
      const options = { skipInterpolation: true, nest: false, ...(count === undefined ? {} : { count }) };
      text = fixed()(key, options).split(/\{\{\s*(\w+)\s*\}\}/);
      chosen.set(form, text);
    }
    return text;
  };
  const t = (key: string, params: Params = {}): string => {
    const count = params['count'];
    const text = choose(key, typeof count === 'number' ? count : undefined);
    if (text.length === 1) return text[0] ?? '';
    const shown = (value: unknown) => (typeof value === 'number' ? number(value) : String(value ?? ''));
    const all =
      typeof params['seconds'] === 'number' ? { duration: seconds(params['seconds'] * 1000), ...params } : params;
    return text.map((part, i) => (i % 2 === 0 ? part : shown(all[part]))).join('');
  };
  const known = new Map<string, boolean>();
  const has = (key: string): boolean => {
    let exists = known.get(key);
    if (exists === undefined) {
      exists = translations().exists(key, { lng: language, count: 2 });
      known.set(key, exists);
    }
    return exists;
  };
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
    or: (key, otherwise, params) => (has(key) ? t(key, params) : otherwise),
    number,
    duration,
    seconds,
    time: (at, now) => (isSameDay(at, now) ? time().format(at) : date(at)),
    date,
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

const WORDS: Readonly<Record<Language, Words>> = { en: makeWords('en'), ja: makeWords('ja') };

export function wordsIn(language: Language): Words {
  return WORDS[language];
}

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/** The browser's wish; holds for answers that are sent before there is a session, too. */
export const requestLanguage: RequestHandler = (req, res, next) => {
  const wished = req.acceptsLanguages([...LANGUAGES]);
  res.locals.tobiishi.words = wordsIn(isLanguage(wished) ? wished : 'en');
  res.vary('Accept-Language');
  next();
};

/** The visitor's choice, made with `?lang=` and kept in the session, wins over the browser's wish. */
export const sessionLanguage: RequestHandler = async (req, res, next) => {
  const chosen = chosenLanguage(req);
  if (chosen !== null) {
    sessionOf(req).language = chosen;
    await saveSession(req);
  }
  const kept = req.session?.language;
  if (isLanguage(kept)) res.locals.tobiishi.words = wordsIn(kept);
  next();
};

function chosenLanguage(req: Request): Language | null {
  const wished = req.query['lang'];
  return isLanguage(wished) ? wished : null;
}

export function jobTitle(words: Words, name: string, job: Job | undefined): string {
  return words.or(`jobs.${name}.title`, job?.title ?? name);
}

export function jobDescription(words: Words, job: Job): string {
  return words.or(`jobs.${job.name}.description`, job.description);
}

/**
 * What a step is doing, or works on, in words: `jobs.NAME.doing` or `jobs.NAME.item` with the fields of the item, or else
 * what the job says of it.
 */
export function itemText(words: Words, job: Job | undefined, item: Item, input: Input, as: 'doing' | 'item'): string {
  if (!job) return '';
  const fields = typeof item === 'object' && item !== null && !Array.isArray(item) ? item : { item };
  return words.or(`jobs.${job.name}.${as}`, job.describe(item, input), fields as Params);
}

export function failureText(words: Words, failure: Failure): string {
  return words.or(`failures.${failure.code}`, failure.message, failure.params);
}
