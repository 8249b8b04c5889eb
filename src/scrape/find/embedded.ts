import type { JsonValue } from '../read/json-path.js';
import { parseJson } from '../read/json-text.js';
import type { MarkupDocument } from '../read/markup-document.js';
import type { ColumnWords } from './column-names.js';
import { findInJson } from './find-json.js';
import { isStable } from './names.js';
import { type PageIndex, type Part, textIn } from './page-index.js';
import type { Proposal } from './proposal.js';

const MOST_SCRIPTS = 60;
const MOST_CHARACTERS = 3_000_000;
/** A variable that a script fills: `window.__INITIAL_STATE__ = {`. */
const VARIABLE = /(?:window\.|self\.|var |let |const )?([A-Za-z_$][\w$]{3,40})\s*=\s*[[{]/;

/** Lists in the JSON of a page's scripts: what it tells search engines, and what its own scripts make it of. */
export function findInScripts(
  document: MarkupDocument,
  index: PageIndex,
  words: ColumnWords,
  most: number,
): Proposal[] {
  const selectors = new Set<string>();
  for (const part of (index.byTag.get('script') ?? []).slice(0, MOST_SCRIPTS)) {
    const selector = selectorOf(part);
    if (selector !== null) selectors.add(selector);
  }
  const found: Proposal[] = [];
  let characters = 0;
  for (const selector of selectors) {
    const texts = document.scriptTexts(selector);
    characters += texts.reduce((sum, text) => sum + text.length, 0);
    if (characters > MOST_CHARACTERS) break;
    const values = texts.flatMap(valueIn);
    // Several alike, one for each thing on the page.
    const roots = values.length > 2 ? [values as JsonValue] : values;
    for (const root of roots) found.push(...findInJson(root, { words, prefix: selector, most }));
  }
  return found.toSorted((a, b) => b.rows * b.columns.length - a.rows * a.columns.length).slice(0, most);
}

function valueIn(text: string): JsonValue[] {
  try {
    return [parseJson(text).value];
  } catch {
    // A script that only looks like data.
    return [];
  }
}

function selectorOf(part: Part): string | null {
  const { attribs } = part.node;
  if (attribs['src'] !== undefined) return null;
  const id = attribs['id'];
  const type = attribs['type'] ?? '';
  if (id !== undefined && isStable(id)) return `script#${id}`;
  if (/json/.test(type)) return `script[type="${type.replace(/["\\]/g, '')}"]`;
  if (type !== '' && !/javascript|module/.test(type)) return null;
  const [, name] = VARIABLE.exec(textIn(part).slice(0, 2_000)) ?? [];
  return name === undefined ? null : `script:contains("${name}")`;
}
