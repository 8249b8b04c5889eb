/** Where a page has data in its scripts: `script#data $.items` is the path `$.items` in the JSON of the element `script#data`. */
export interface EmbeddedPath {
  readonly selector: string;
  readonly path: string;
}

const EMBEDDED = /^(script\b[\s\S]*?)\s+(\$(?:[.[][\s\S]*)?)$/;

/** Null for a selector or path of the usual kind. */
export function embeddedPath(text: string): EmbeddedPath | null {
  const [, selector, path] = EMBEDDED.exec(text.trim()) ?? [];
  return selector === undefined || path === undefined ? null : { selector, path };
}

const ASSIGNMENT = /(?:^|[;\s])(?:(?:var|let|const)\s+)?[\w$.[\]"']{1,100}\s*=\s*(?=[[{])/;

/** The JSON of a script: all of it, or what it gives to a variable. Null when there is none. */
export function jsonInScript(script: string): string | null {
  const text = script
    .trim()
    .replace(/^<!--|^\/\*\s*<!\[CDATA\[\s*\*\/|^\/\/\s*<!\[CDATA\[/, '')
    .trim();
  if (/^[[{]/.test(text)) return text;
  const found = ASSIGNMENT.exec(text);
  return found === null ? null : balanced(text, found.index + found[0].length);
}

/** From a bracket to the one that closes it; brackets in texts do not count. */
function balanced(text: string, start: number): string | null {
  let depth = 0;
  let inText = false;
  for (let i = start; i < text.length; i += 1) {
    const character = text.charCodeAt(i);
    if (inText) {
      if (character === 0x5c) i += 1;
      else if (character === 0x22) inText = false;
    } else if (character === 0x22) inText = true;
    else if (character === 0x7b || character === 0x5b) depth += 1;
    else if (character === 0x7d || character === 0x5d) {
      depth -= 1;
      if (depth === 0) return text.slice(start, i + 1);
    }
  }
  return null;
}
