import { withPlainDigits } from './digits.js';
import { monthNamed } from './months.js';

/** Of the page on which a date stands. */
export interface DatePage {
  /** As in `lang`; empty when it does not say. */
  readonly language: string;
  readonly host: string;
}

interface Day {
  readonly year: number;
  /** From 1; null when only the year and the month are said. */
  readonly day: number | null;
  readonly month: number;
}

/** First years of Japanese eras, less one. */
const ERAS: readonly (readonly [name: RegExp, before: number])[] = [
  [/^(?:令和|r)$/i, 2018],
  [/^(?:平成|h)$/i, 1988],
  [/^(?:昭和|s)$/i, 1925],
  [/^(?:大正|t)$/i, 1911],
  [/^(?:明治|m)$/i, 1867],
];
const ERA =
  /(令和|平成|昭和|大正|明治|(?<![a-z])[rhstm])\s?\.?\s?(\d{1,2}|元)\s?[年./-]\s?(\d{1,2})\s?[月./-]\s?(\d{1,2})(?!\d)/i;
const CJK = /(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월](?:\s?(\d{1,2})\s?[日일号號])?/;
const YEAR_FIRST = /(?<!\d)(\d{4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})(?!\d)/;
const YEAR_LAST = /(?<![\d.])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)/;
const TIME =
  /(午前|午後)?\s?(?<!\d)(\d{1,2})(?::|時)(\d{2})(?:分)?(?::(\d{2}))?(?:[.,]\d+)?\s?(am|pm|a\.m\.|p\.m\.)?\s?(z(?![a-z])|[+-]\d{2}:?\d{2})?/i;
/** Where English is written and the day comes first. */
const DAY_FIRST_HOST = /\.(?:uk|au|nz|ie|za|in|sg|hk|ke|ng|mt)$/;
/** Years of the Buddhist calendar. */
const [FIRST_BUDDHIST, LAST_BUDDHIST, BUDDHIST] = [2400, 2700, 543];
const LONGEST = 300;

/**
 * The first date in a text, in the form of ISO 8601: `2026-11-28`, with its time `2026-11-28T09:30` where it has one and
 * its zone where it says one; `2026-11` where no day is said. Null when there is none, or none with a year.
 */
export function dateIn(text: string, page: DatePage): string | null {
  const plain = withPlainDigits(text.slice(0, LONGEST));
  const found =
    eraDay(plain) ?? cjkDay(plain) ?? yearFirstDay(plain) ?? yearLastDay(plain, page) ?? namedDay(plain, page);
  if (found === null || !exists(found.day)) return null;
  const { year, month, day } = found.day;
  const isBuddhist = year > FIRST_BUDDHIST && year < LAST_BUDDHIST;
  const written = [
    String(isBuddhist ? year - BUDDHIST : year).padStart(4, '0'),
    two(month),
    ...(day === null ? [] : [two(day)]),
  ];
  return written.join('-') + (day === null ? '' : timeIn(found.rest));
}

/** `rest`: the text behind it, or without it. */
type Found = { readonly day: Day; readonly rest: string } | null;

function eraDay(text: string): Found {
  const match = ERA.exec(text);
  if (match === null) return null;
  const [whole, era = '', year = '', month = '', day = ''] = match;
  const before = ERAS.find(([name]) => name.test(era))?.[1];
  if (before === undefined) return null;
  return found(text, match.index, whole, before + (year === '元' ? 1 : Number(year)), month, day);
}

function cjkDay(text: string): Found {
  const match = CJK.exec(text);
  if (match === null) return null;
  const [whole, year = '', month = '', day] = match;
  return found(text, match.index, whole, Number(year), month, day);
}

function yearFirstDay(text: string): Found {
  const match = YEAR_FIRST.exec(text);
  if (match === null) return null;
  const [whole, year = '', month = '', day = ''] = match;
  return found(text, match.index, whole, Number(year), month, day);
}

function yearLastDay(text: string, page: DatePage): Found {
  const match = YEAR_LAST.exec(text);
  if (match === null) return null;
  const [whole, first = '', sign = '', second = '', year = ''] = match;
  const isMonthFirst = Number(second) > 12 || (Number(first) <= 12 && sign !== '.' && putsMonthFirst(page));
  const [month, day] = isMonthFirst ? [first, second] : [second, first];
  return found(text, match.index, whole, fullYear(year), month, day);
}

/** Americans alone put the month first; English without a country is theirs unless the host says otherwise. */
function putsMonthFirst({ language, host }: DatePage): boolean {
  const tag = language.toLowerCase();
  return tag === 'en-us' || (/^(?:en)?$/.test(tag) && !DAY_FIRST_HOST.test(host.replace(/:\d+$/, '')));
}

const WORD = /[\p{L}\p{M}]+\.?/gu;
/** Between the parts of a date: `28. November`, `28 de noviembre de 2026`, `Nov 28th, 2026`. */
const DAY_BEFORE = /(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?[\s,/-]*(?:de\s|of\s|d['’])?\s*$/i;
const DAY_AFTER = /^[\s,/-]*(\d{1,2})(?!\d)(?:st|nd|rd|th|\.)?/i;
const YEAR_AFTER = /^[\s,./-]*(?:de[l]?\s+|of\s+)?(?:(\d{4})(?!\d)|['’](\d{2})(?!\d))/i;
const SHORT_YEAR_AFTER = /^[\s/-]+(\d{2})(?![\d:])/;
const YEAR_BEFORE = /(?<!\d)(\d{4})[\s,./-]*$/;

function namedDay(text: string, { language }: DatePage): Found {
  for (const match of text.matchAll(WORD)) {
    const month = monthNamed(match[0], language);
    if (month === null) continue;
    const [before, behind] = [text.slice(0, match.index), text.slice(match.index + match[0].length)];
    const left = DAY_BEFORE.exec(before);
    const right = left === null ? DAY_AFTER.exec(behind) : null;
    const rest = right === null ? behind : behind.slice(right[0].length);
    const year = YEAR_AFTER.exec(rest) ?? (left !== null ? SHORT_YEAR_AFTER.exec(rest) : null);
    const first = year === null ? YEAR_BEFORE.exec(before) : null;
    const written = year?.[1] ?? year?.[2] ?? first?.[1];
    if (written === undefined) continue;
    const day = left?.[1] ?? right?.[1];
    return {
      day: { year: fullYear(written), month, day: day === undefined ? null : Number(day) },
      rest: rest.slice(year?.[0].length ?? 0),
    };
  }
  return null;
}

function found(text: string, at: number, whole: string, year: number, month: string, day: string | undefined): Found {
  return {
    day: { year, month: Number(month), day: day === undefined ? null : Number(day) },
    rest: text.slice(at + whole.length) || text.slice(0, at),
  };
}

function fullYear(written: string): number {
  if (written.length > 2) return Number(written);
  return Number(written) + (Number(written) < 70 ? 2000 : 1900);
}

function exists({ year, month, day }: Day): boolean {
  if (month < 1 || month > 12) return false;
  return day === null || (day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate());
}

/** `T09:30`, with seconds and zone where they are said; empty without a time. */
function timeIn(text: string): string {
  const match = TIME.exec(text);
  if (match === null) return '';
  const [, half, hour = '', minute = '', second, meridiem, zone = ''] = match;
  const isAfternoon = half === '午後' || /^p/i.test(meridiem ?? '');
  const isMorning = half === '午前' || /^a/i.test(meridiem ?? '');
  const hours = (Number(hour) % (isAfternoon || isMorning ? 12 : 24)) + (isAfternoon ? 12 : 0);
  if (Number(hour) > 24 || Number(minute) > 59) return '';
  return `T${two(hours)}:${minute}${second === undefined ? '' : `:${second}`}${zone.toUpperCase()}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
