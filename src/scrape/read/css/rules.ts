import { type Declaration, declarationIn } from './declarations.js';
import type { Layer } from './layers.js';
import { mediaHolds } from './media.js';
import { indexOfAny, splitAtCommas, withoutComments } from './scan.js';
import { supportsHolds } from './supports.js';

export interface StyleRule {
  /** Each as a selector of its own, whatever it was nested in. */
  readonly selectors: readonly string[];
  /** Never empty. */
  readonly declarations: readonly Declaration[];
  readonly layer: Layer;
}

interface Context {
  readonly layer: Layer;
  /** The selectors that a block is nested in; null outside of rules. */
  readonly parents: readonly string[] | null;
  readonly depth: number;
}

/** Deeper nesting is nobody's, and each level calls the next. */
const DEEPEST = 32;

/**
 * Rules of a style sheet that say something of the properties that count here, with those of blocks such as `@media`
 * where these hold. Reads what is broken as a browser does: https://www.w3.org/TR/css-syntax-3/#parsing
 */
export function rulesIn(sheet: string, layer: Layer): Generator<StyleRule> {
  return rules(withoutComments(sheet), { layer, parents: null, depth: 0 });
}

const SKIPPED = /(?:\s|<!--|-->)*/y;

function* rules(text: string, context: Context): Generator<StyleRule> {
  if (context.depth > DEEPEST) return;
  for (let at = 0; ; ) {
    SKIPPED.lastIndex = at;
    at += SKIPPED.exec(text)?.[0].length ?? 0;
    if (at >= text.length) return;
    const isAtRule = text[at] === '@';
    const start = indexOfAny(text, isAtRule ? ';{' : '{', at);
    const prelude = text.slice(at, start).trim();
    if (text[start] !== '{') {
      declareLayers(prelude, context);
      at = start + 1;
      continue;
    }
    const end = indexOfAny(text, '}', start + 1);
    const block = text.slice(start + 1, end);
    yield* isAtRule ? atRule(prelude, block, context) : styleRule(prelude, block, context);
    at = end + 1;
  }
}

function* styleRule(prelude: string, block: string, context: Context): Generator<StyleRule> {
  const selectors = nestedIn(context.parents, splitAtCommas(prelude));
  yield* blockOf(block, { ...context, parents: selectors, depth: context.depth + 1 });
}

const AT_RULE = /^@([\w-]+)([\s\S]*)$/;

function* atRule(prelude: string, block: string, context: Context): Generator<StyleRule> {
  const [, name = '', condition = ''] = AT_RULE.exec(prelude) ?? [];
  const inner = { ...context, depth: context.depth + 1 };
  switch (name.toLowerCase()) {
    case 'media':
      if (!mediaHolds(condition)) return;
      break;
    case 'supports':
      if (!supportsHolds(condition)) return;
      break;
    case 'layer':
      return yield* contentOf(block, { ...inner, layer: context.layer.named(condition) });
    default:
      return;
  }
  yield* contentOf(block, inner);
}

function contentOf(block: string, context: Context): Generator<StyleRule> {
  return context.parents === null ? rules(block, context) : blockOf(block, context);
}

/** `@layer a, b;` says in which order they come. */
function declareLayers(prelude: string, { layer }: Context): void {
  const [, names] = /^@layer\s+([^{]+)$/i.exec(prelude) ?? [];
  for (const name of names?.split(',') ?? []) layer.named(name);
}

/** Declarations, and rules nested between them: https://www.w3.org/TR/css-nesting-1/ */
function* blockOf(text: string, context: Context): Generator<StyleRule> {
  const { layer, parents, depth } = context;
  if (depth > DEEPEST || parents === null) return;
  let declarations: Declaration[] = [];
  for (let at = 0; at < text.length; ) {
    const isOwn = /^\s*--/.test(text.slice(at, at + 200));
    const end = indexOfAny(text, isOwn ? ';' : ';{', at);
    if (text[end] !== '{') {
      declarations.push(...declarationIn(text.slice(at, end)));
      at = end + 1;
      continue;
    }
    if (declarations.length > 0) yield { selectors: parents, declarations, layer };
    declarations = [];
    const prelude = text.slice(at, end).trim();
    const blockEnd = indexOfAny(text, '}', end + 1);
    const block = text.slice(end + 1, blockEnd);
    yield* prelude.startsWith('@') ? atRule(prelude, block, context) : styleRule(prelude, block, context);
    at = blockEnd + 1;
  }
  if (declarations.length > 0) yield { selectors: parents, declarations, layer };
}

/** `&`, but not where it is escaped or in quotation marks. */
const NESTING = /"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|\\[\s\S]|&/g;

function nestedIn(parents: readonly string[] | null, selectors: readonly string[]): readonly string[] {
  if (parents === null) return selectors;
  const parent = `:is(${parents.join(',')})`;
  return selectors.map((selector) => {
    let isNamed = false;
    const resolved = selector.replace(NESTING, (token) => {
      if (token !== '&') return token;
      isNamed = true;
      return parent;
    });
    const isRelative = /^\s*[>+~]/.test(resolved);
    return isNamed && !isRelative ? resolved : `${parent} ${resolved}`;
  });
}
