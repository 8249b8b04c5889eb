/** The properties that decide which text is seen, and what stands on a line of its own. */
const PROPERTIES = ['display', 'visibility', 'content-visibility', 'float', 'position'] as const;
export type Property = (typeof PROPERTIES)[number];

export interface Declaration {
  readonly property: Property;
  /** Lower-case. */
  readonly value: string;
  readonly important: boolean;
}

export interface StyleRule {
  /** As written. */
  readonly selector: string;
  /** Never empty. */
  readonly declarations: readonly Declaration[];
}

/** The page is looked at as on a screen of this size. */
const SCREEN_WIDTH_PX = 1280;
const EM_PX = 16;

const COMMENTS = /\/\*[\s\S]*?(?:\*\/|$)/g;
/** Up to what begins or ends a block or a statement; quotation marks hide these. */
const PIECE = /((?:[^{};"']+|"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?)*)([{};]?)/y;

/** Rules of a style sheet that say something of `PROPERTIES`; those of blocks such as `@media` where they hold. */
export function* rulesIn(sheet: string): Generator<StyleRule> {
  const text = sheet.replace(COMMENTS, ' ').replace(/<!--|-->/g, ' ');
  /** Of the blocks that are open: whether rules within them count. */
  const open: boolean[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const [, before = '', end] = PIECE.exec(text) ?? [];
    if (end === undefined) return;
    if (end === '}') open.pop();
    if (end !== '{') continue;
    const prelude = before.trim();
    if (prelude.startsWith('@')) {
      open.push(open.every(Boolean) && holds(prelude));
      continue;
    }
    const block = blockAt(text, PIECE.lastIndex);
    PIECE.lastIndex += block.length + 1;
    if (!open.every(Boolean)) continue;
    const declarations = declarationsIn(block);
    if (declarations.length > 0) yield { selector: prelude, declarations };
  }
}

const TOKEN = /[^{}"']+|"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|[{}]/y;

/** What is between the braces; what is nested in them goes with it. */
function blockAt(text: string, start: number): string {
  TOKEN.lastIndex = start;
  for (let depth = 1; TOKEN.lastIndex < text.length; ) {
    const token = TOKEN.exec(text)?.[0];
    if (token === '{') depth += 1;
    else if (token === '}') depth -= 1;
    if (depth === 0) return text.slice(start, TOKEN.lastIndex - 1);
  }
  return text.slice(start);
}

const DECLARATION = /(?:^|;)\s*(display|visibility|content-visibility|float|position)\s*:([^;]*)/gi;

export function declarationsIn(block: string): Declaration[] {
  // What is nested in it has selectors of its own.
  const nested = block.indexOf('{');
  const own = nested < 0 ? block : block.slice(0, block.lastIndexOf(';', nested) + 1);
  return [...own.replace(COMMENTS, ' ').matchAll(DECLARATION)].map(([, property = '', written = '']) => {
    const [value = '', important] = written.toLowerCase().split('!', 2);
    return { property: property.toLowerCase() as Property, value: value.trim(), important: important !== undefined };
  });
}

/** Whether the rules in a block behind this count on the screen of somebody who reads. */
function holds(prelude: string): boolean {
  const [, name = '', condition = ''] = /^@([\w-]+)\s*([\s\S]*)$/.exec(prelude.toLowerCase()) ?? [];
  if (name === 'layer' || name === 'supports') return !/^not\b/.test(condition);
  if (name !== 'media') return false;
  return condition.split(',').some(isOnScreen);
}

function isOnScreen(query: string): boolean {
  return query.split(/\band\b/).every((part) => {
    const condition = part.trim();
    if (/^(?:only\s+)?(?:all|screen)$/.test(condition)) return true;
    const [, bound, value, unit] = /^\(\s*(min|max)-width\s*:\s*([\d.]+)(px|r?em)\s*\)$/.exec(condition) ?? [];
    if (bound === undefined) return false;
    const px = Number(value) * (unit === 'px' ? 1 : EM_PX);
    return bound === 'min' ? SCREEN_WIDTH_PX >= px : SCREEN_WIDTH_PX <= px;
  });
}
