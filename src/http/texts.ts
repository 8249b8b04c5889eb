import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from '../core/once.js';
import { projectRoot } from './root.js';

export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

export function isLanguage(value: unknown): value is Language {
  return (LANGUAGES as readonly unknown[]).includes(value);
}

/**
 * Texts by key, as the files in `locales/` have them: nested, or with dots in the key. `{{name}}` in a text stands for a
 * value. `KEY_one` and `KEY_other`, by the categories of `Intl.PluralRules`, are forms of one text for a `count`.
 */
export interface TextTree {
  readonly [key: string]: string | TextTree;
}

/** Texts of some languages. */
export type TextsByLanguage = { readonly [L in Language]?: TextTree };

/** What stands as it is and names of values, in turns. */
export type Text = readonly string[];

/** The language of which a text is taken that another one lacks. */
const FALLBACK: Language = 'en';

/** The texts of one language. */
class Texts {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #plural: () => Intl.PluralRules;
  /** Parsed when first asked for: a page needs few of them, and the same ones again. */
  readonly #parsed = new Map<string, Text>();

  constructor(language: Language, texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
    this.#plural = once(() => new Intl.PluralRules(language));
  }

  find(key: string, count: number | null): Text | null {
    return (count === null ? null : this.#text(`${key}_${this.#plural().select(count)}`)) ?? this.#text(key);
  }

  #text(key: string): Text | null {
    const before = this.#parsed.get(key);
    if (before !== undefined) return before;
    const text = this.#texts.get(key);
    if (text === undefined) return null;
    const parsed = text.split(/\{\{\s*(\w+)\s*\}\}/);
    this.#parsed.set(key, parsed);
    return parsed;
  }
}

/** The text of a key, in the form for `count` where it has forms; null when neither the language nor English has it. */
export type FindText = (key: string, count: number | null) => Text | null;

/** The texts of `locales/` and then of each of `more`, of which a later one replaces an earlier one of the same key. */
export function findersOf(more: readonly TextsByLanguage[]): Readonly<Record<Language, FindText>> {
  const texts = (language: Language) => {
    const all = [ownTexts(language), ...more.map((each) => each[language] ?? {})];
    return new Texts(language, new Map(all.flatMap((tree) => flat(tree))));
  };
  const fallback = texts(FALLBACK);
  const finder = (language: Language): FindText => {
    if (language === FALLBACK) return (key, count) => fallback.find(key, count);
    const own = texts(language);
    return (key, count) => own.find(key, count) ?? fallback.find(key, count);
  };
  return { en: finder('en'), ja: finder('ja') };
}

/** One text of `locales/`, for what is said where there is no request. Throws when there is none. */
export function ownText(language: Language, key: string): string {
  const text = new Map(flat(ownTexts(language))).get(key);
  if (text === undefined) throw new Error(`locales/${language}.json has no ${key}`);
  return text;
}

function ownTexts(language: Language): TextTree {
  return JSON.parse(readFileSync(join(projectRoot, 'locales', `${language}.json`), 'utf8'));
}

function flat(tree: TextTree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : flat(value, `${path}${key}.`),
  );
}
