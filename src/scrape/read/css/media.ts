import { conditionHolds, type Holds } from './conditions.js';
import { splitAtCommas } from './scan.js';

/** The screen that pages are looked at on. */
const WIDTH_PX = 1280;
const HEIGHT_PX = 720;

/** In pixels; of a font's size, that which browsers begin with. */
const UNITS: Readonly<Record<string, number>> = {
  px: 1,
  em: 16,
  rem: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  q: 96 / 101.6,
  pt: 96 / 72,
  pc: 16,
  vw: WIDTH_PX / 100,
  vh: HEIGHT_PX / 100,
  dppx: 1,
  x: 1,
  dpi: 1 / 96,
  dpcm: 2.54 / 96,
  '': 1,
};

const NUMBERS: Readonly<Record<string, number>> = {
  width: WIDTH_PX,
  'device-width': WIDTH_PX,
  height: HEIGHT_PX,
  'device-height': HEIGHT_PX,
  'aspect-ratio': WIDTH_PX / HEIGHT_PX,
  'device-aspect-ratio': WIDTH_PX / HEIGHT_PX,
  resolution: 1,
  '-webkit-device-pixel-ratio': 1,
  color: 8,
  'color-index': 0,
  monochrome: 0,
  grid: 0,
};

/** Somebody reads at a table, with a mouse, and has changed no settings: https://www.w3.org/TR/mediaqueries-5/ */
const WORDS: Readonly<Record<string, string>> = {
  orientation: 'landscape',
  hover: 'hover',
  'any-hover': 'hover',
  pointer: 'fine',
  'any-pointer': 'fine',
  update: 'fast',
  'overflow-block': 'scroll',
  'overflow-inline': 'scroll',
  scripting: 'enabled',
  'prefers-color-scheme': 'light',
  'prefers-reduced-motion': 'no-preference',
  'prefers-contrast': 'no-preference',
  'prefers-reduced-transparency': 'no-preference',
  'prefers-reduced-data': 'no-preference',
  'forced-colors': 'none',
  'display-mode': 'browser',
  'dynamic-range': 'standard',
  'color-gamut': 'srgb',
};

/** Whether rules for such a list of media count on that screen. Empty: for all. */
export function mediaHolds(list: string): boolean {
  const text = list.trim().toLowerCase();
  return text === '' || splitAtCommas(text).some((query) => queryHolds(query.trim()) === true);
}

const NO_TYPE = new Set(['and', 'or', 'not', 'only', 'layer']);

function queryHolds(query: string): Holds {
  const [whole, modifier, type] = /^(?:(not|only)\s+)?([a-z][\w-]*)(?=\s|$)/.exec(query) ?? [];
  if (whole === undefined || type === undefined || NO_TYPE.has(type)) return conditionHolds(query, featureHolds);
  const [, condition = null] = /^\s+and\s+([\s\S]+)$/.exec(query.slice(whole.length)) ?? [];
  if (condition === null && query.length > whole.length) return null;
  const isType = type === 'screen' || type === 'all';
  const holds = condition === null ? isType : isType && conditionHolds(condition, featureHolds);
  return modifier === 'not' && holds !== null ? !holds : holds;
}

/** `width`, `min-width: 600px`, `width >= 600px`, `400px < width <= 700px`. */
function featureHolds(feature: string): Holds {
  const [, named, value] = /^([\w-]+)\s*(?::\s*(\S[\s\S]*))?$/.exec(feature) ?? [];
  if (named !== undefined) return value === undefined ? isSet(named) : equals(named, value.trim());
  const parts = feature.split(/\s*([<>]=?|=)\s*/);
  const name = parts.findIndex((part) => part in NUMBERS);
  if (name < 0 || name % 2 !== 0 || parts.length > 5) return null;
  let holds = true;
  for (let i = 1; i < parts.length; i += 2) {
    const [left, right] = [numberOf(parts[i - 1] ?? ''), numberOf(parts[i + 1] ?? '')];
    if (left === null || right === null) return null;
    holds &&= compared(left, parts[i] ?? '', right);
  }
  return holds;
}

function compared(left: number, operator: string, right: number): boolean {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return left === right;
  }
}

/** A feature without a value: whether it is there at all. */
function isSet(name: string): Holds {
  if (name in NUMBERS) return NUMBERS[name] !== 0;
  return name in WORDS ? !/^(?:none|no-preference)$/.test(WORDS[name] ?? '') : null;
}

function equals(written: string, value: string): Holds {
  if (written in WORDS) return WORDS[written] === value;
  const [, webkit = '', bound, rest = ''] = /^(-webkit-)?(min|max)-(.+)$/.exec(written) ?? [];
  const name = bound === undefined ? written : webkit + rest;
  const [own, wanted] = [NUMBERS[name], numberOf(value)];
  if (own === undefined || wanted === null) return null;
  return compared(own, bound === 'min' ? '>=' : bound === 'max' ? '<=' : '=', wanted);
}

function numberOf(text: string): number | null {
  const own = NUMBERS[text];
  if (own !== undefined) return own;
  const [, width, height] = /^([\d.]+)\s*\/\s*([\d.]+)$/.exec(text) ?? [];
  if (width !== undefined) return Number(width) / Number(height);
  const [, digits, unit = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+))([a-z]*)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return digits === undefined || factor === undefined ? null : Number(digits) * factor;
}
