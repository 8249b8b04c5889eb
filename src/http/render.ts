import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateFunction } from 'ejs';
import { LruCache } from '../core/lru-cache.js';
import { asBytes, escapeHtml } from './escape-html.js';
import { ejs } from './packages.js';
import { projectRoot } from './root.js';
import type { Language } from './texts.js';
import type { Words } from './words.js';

const VIEWS = join(projectRoot, 'views');

/** Those of some languages and mounts; an app mounted below a parameter has many mounts. */
const MOST_FIXED = 500;

/** The views, compiled as they are needed. */
export interface Views {
  /**
   * A view, in which everything in `data` and `common` is a variable. In it, `part(view, more)` renders another one with the
   * same variables, and those in `more`; `fixed(view, ...about)` renders one that depends on nothing but the language, the
   * mount and `about`: once. Answers its bytes, each as a character (`asBytes`).
   */
  render(view: string, data: Data, common: Common): string;
}

/** One object, or several that have no name in common: to make one of them takes longer than a part of a page. */
type Data = object | readonly object[];

/** What all views are given. `fixedFor` names the language and the mount. */
interface Common {
  readonly fixedFor: string;
  readonly words: Words;
}

/** A view and its parts, compiled for a language and for what they are given. */
interface Template {
  readonly language: Language;
  /** Those of each object of the data, by which each part finds its variables. */
  readonly names: Names;
  readonly parts: Map<string, TemplateFunction>;
}

type Names = readonly (readonly string[])[];

interface Variables {
  readonly __data: readonly object[];
  readonly __common: Common;
  readonly part: (view: string, more?: object) => string;
  readonly fixed: (view: string, ...about: readonly unknown[]) => string;
}

/**
 * A view is compiled for the names that it is given, and declares only those that it uses: EJS's own way, a `with` statement
 * and a copy for each part, takes several times as long. It is compiled for a language, too: most of its texts are then a part
 * of it as they stand.
 */
export function createViews(): Views {
  /** By view: few each, as a view is mostly given the same names. */
  const templates = new Map<string, Template[]>();
  const sources = new Map<string, string>();
  const fixedParts = new LruCache<string>(MOST_FIXED);

  function templateOf(view: string, names: Names, { language }: Words): Template {
    const all = templates.get(view) ?? [];
    const known = all.find((each) => each.language === language && isSame(each.names, names));
    if (known !== undefined) return known;
    const made = { language, names, parts: new Map() };
    templates.set(view, [...all, made]);
    return made;
  }

  function partOf({ parts, names }: Template, view: string, common: Common): TemplateFunction {
    const known = parts.get(view);
    if (known !== undefined) return known;
    const source = sources.get(view) ?? readFileSync(join(VIEWS, `${view}.ejs`), 'utf8');
    sources.set(view, source);
    const made = compile(view, encoded(withTexts(source, common.words)), names, common);
    parts.set(view, made);
    return made;
  }

  function render(view: string, data: Data, common: Common): string {
    const all: readonly object[] = Array.isArray(data) ? data : [data];
    const names = all.map((each) => Object.keys(each));
    const template = templateOf(view, names, common.words);
    const part = (other: string, more?: object): string =>
      more ? render(other, Object.assign({}, ...all, more), common) : partOf(template, other, common)(variables);
    const variables: Variables = {
      __data: all,
      __common: common,
      part,
      fixed: (other, ...about) =>
        fixedParts.find(`${common.fixedFor} ${other} ${about.join(' ')}`, () => part(other)) ?? '',
    };
    return part(view);
  }

  return { render };
}

/** With the texts that need no values, where the view asks for them by a key that stands there: `t('site.name')`. */
function withTexts(source: string, { t }: Words): string {
  return source
    .replace(/<%= t\('([\w.-]+)'\) %>/g, (_, key) => t(key).replace(/[&<>"']/g, (each) => escapeHtml(each)))
    .replace(/<%[^#].*?%>/gs, (tag) =>
      tag.replace(/(?<![\w.])t\('([\w.-]+)'\)/g, (_, key) => JSON.stringify(t(key)).replaceAll('%>', '%\\u003e')),
    );
}

/** What stands in it, as bytes; without the white space around its lines, which EJS would look for in bytes. */
function encoded(source: string): string {
  const parts = source.replace(/^\s+|\s+$/gm, '').split(/(<%.*?%>)/s);
  return parts.map((part, i) => (i % 2 === 0 ? asBytes(part) : part)).join('');
}

function compile(view: string, source: string, names: Names, common: Common): TemplateFunction {
  const used = (all: readonly string[]) => all.filter((name) => new RegExp(`\\b${name}\\b`).test(source)).join(', ');
  const given = names.map((each, i) => `{ ${used(each)} } = __data[${i}]`);
  given.push(`{ ${used(Object.keys(common))} } = __common`);
  const options = {
    strict: true,
    destructuredLocals: ['__data', '__common', 'part', 'fixed'],
    filename: join(VIEWS, `${view}.ejs`),
    escape: escapeHtml,
    // The object is ours, and need not be copied for each part.
    unsafePrototypeLocals: true,
  };
  // On the first line, so that errors name the right one.
  return ejs().compile(`<% const ${given.join(', ')}; %>${source}`, options);
}

function isSame(a: Names, b: Names): boolean {
  return a.length === b.length && a.every((names, i) => isSameList(names, b[i] ?? []));
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
