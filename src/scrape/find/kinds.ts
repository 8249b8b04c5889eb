import { sampleOf } from './sample.js';

export type CellKind = 'text' | 'link' | 'image' | 'number' | 'date';

const CURRENCY =
  '(?:[$€£¥₹₩₽฿₫₴₺元円원]|kr\\.?|zł|Kč|Ft|lei|лв|USD|EUR|GBP|JPY|CHF|Rs\\.?|R\\$|US\\$|CA\\$|A\\$|NT\\$|HK\\$)';
const NUMBER = new RegExp(
  `^[(（]?(?:${CURRENCY}\\s*)?[-+−±~≈]?\\d[\\d.,'\\s\\u00a0]*(?:\\s*(?:${CURRENCY}|%|[a-zA-Zµ°²³]{1,6}|円|件|人|点|回|冊|本|個|枚|歳|分|秒|時間|位|票|万円?|億円?|ポイント|pt|,-))?(?:[（(].{0,12}[)）])?[)）]?$`,
);
const MONTH =
  '(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|janv|févr|avr|juin|juil|août|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|mrt|mei|fev|out)[\\p{L}]*\\.?';
const DATE = new RegExp(
  [
    '^\\p{L}{0,12}[,.]?\\s*\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}',
    '^\\d{4}[-/.]\\d{1,2}$',
    '^\\p{L}{0,12}[,.]?\\s*\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{2,4}',
    `^\\p{L}{0,12}[,.]?\\s*\\d{1,2}(?:st|nd|rd|th|er|º|\\.)?[-\\s/]+(?:de\\s+)?${MONTH}(?:[-\\s,/]+(?:de\\s+)?\\d{2,4})?`,
    `^(?:\\p{L}{2,12}[,.]?\\s+)?${MONTH}\\s+\\d{1,2}(?:st|nd|rd|th)?(?:,?\\s+\\d{4})?`,
    `^${MONTH}\\s+\\d{4}$`,
    '(?:\\d{4}|令和|平成|昭和|[RHS])?\\s*(?:\\d{1,2}|元)?\\s*年?\\s*\\d{1,2}\\s*月\\s*\\d{1,2}\\s*日',
    '\\d{4}\\s*[年년]\\s*\\d{1,2}\\s*[月월]',
    '^(?:about |over |almost |vor |hace |il y a |há )?(?:\\d+|an?|one|einem?r?|une?|un[ao]?)\\s*\\p{L}+\\s+(?:ago|geleden|fa|назад|atrás)$',
    '^\\d+\\s*(?:秒|分|時間|日|週間|か月|ヶ月|ヵ月|年)前$',
    '^\\d{1,2}:\\d{2}(?::\\d{2})?\\s*(?:[ap]\\.?m\\.?)?$',
    '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}',
  ].join('|'),
  'iu',
);
const CURRENCY_SIGN = new RegExp(CURRENCY);
const LONGEST = 60;
const SAMPLE = 20;

/** What the texts of a column are, by what most of them look like. */
export function kindOfTexts(texts: readonly string[]): CellKind {
  const filled = sampleOf(
    texts.filter((text) => text !== ''),
    SAMPLE,
  );
  const share = (pattern: RegExp) =>
    filled.filter((text) => text.length <= LONGEST && pattern.test(text)).length / Math.max(1, filled.length);
  if (share(DATE) >= 0.75) return 'date';
  return share(NUMBER) >= 0.75 ? 'number' : 'text';
}

export function isPrice(texts: readonly string[]): boolean {
  const filled = texts.filter((text) => text !== '');
  const priced = filled.filter((text) => /\d/.test(text) && CURRENCY_SIGN.test(text));
  return priced.length >= filled.length * 0.6 && filled.length > 0;
}
