/**
 * Finds what a page says of its own encoding, by the HTML standard's prescan
 * (https://html.spec.whatwg.org/#prescan-a-byte-stream-to-determine-its-encoding). `head`: the first bytes as Latin-1;
 * `known`: an encoding's name for a label, null for what is none. Returns that name; null when the page says nothing.
 * A slash that ends a tag is no part of its last value, as people mean it.
 */
export function prescan(head: string, known: (label: string) => string | null): string | null {
  for (let at = head.indexOf('<'); at >= 0; at = head.indexOf('<', at)) {
    if (head.startsWith('<!--', at)) {
      // The dashes may be those that opened it.
      at = past(head, '-->', at + 2);
    } else if (META.test(head.slice(at, at + 6))) {
      const tag = readAttributes(head, at + 6);
      const encoding = encodingOf(tag.attributes, known);
      if (encoding !== null) return encoding;
      at = tag.end;
    } else if (/^<\/?[a-z]/i.test(head.slice(at, at + 3))) {
      NAME_END.lastIndex = at;
      const nameEnd = NAME_END.exec(head)?.index ?? head.length;
      at = pastText(head, head.slice(at + 1, nameEnd).toLowerCase(), readAttributes(head, nameEnd).end);
    } else if (/^<[!/?]/.test(head.slice(at, at + 2))) at = past(head, '>', at);
    else at += 1;
  }
  return null;
}

const META = /^<meta[\t\n\f\r /]$/i;
const NAME_END = /[\t\n\f\r >]/g;

/** What stands in these is text, be it as it may: the standard does not say so here, but browsers do. */
const HOLDS_TEXT = new Set('script style title textarea xmp iframe noembed noframes'.split(' '));

function pastText(head: string, name: string, from: number): number {
  if (!HOLDS_TEXT.has(name)) return from;
  const closing = new RegExp(`</${name}`, 'gi');
  closing.lastIndex = from;
  return closing.exec(head)?.index ?? head.length;
}

function past(head: string, text: string, from: number): number {
  const found = head.indexOf(text, from);
  return found < 0 ? head.length : found + text.length;
}

/** Of a `<meta>`. What is declared in UTF-16 could not be read as it was here, and so is none. */
function encodingOf(attributes: ReadonlyMap<string, string>, known: (label: string) => string | null): string | null {
  const charset = attributes.get('charset');
  const isPragma = attributes.get('http-equiv')?.toLowerCase() === 'content-type';
  const label = charset ?? (isPragma ? charsetOf(attributes.get('content') ?? '') : null);
  const encoding = label === null ? null : known(label);
  if (encoding?.startsWith('utf-16')) return 'utf-8';
  return encoding === 'x-user-defined' ? 'windows-1252' : encoding;
}

/** https://html.spec.whatwg.org/#algorithm-for-extracting-a-character-encoding-from-a-meta-element */
function charsetOf(content: string): string | null {
  const found = /charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^"'\t\n\f\r ;][^\t\n\f\r ;]*))/i.exec(
    content,
  );
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? null;
}

/** One attribute and what is before it; `>` ends them. No two parts match the same characters. */
const ATTRIBUTE =
  /[\t\n\f\r /]*(?:>|([^\t\n\f\r />][^\t\n\f\r />=]*)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^"'\t\n\f\r >][^\t\n\f\r >]*))?)?)/y;

/** The attributes of a tag, names in lower case, the first of each name; and where the tag ends. */
function readAttributes(head: string, from: number): { attributes: Map<string, string>; end: number } {
  const attributes = new Map<string, string>();
  ATTRIBUTE.lastIndex = from;
  let end = from;
  for (let found = ATTRIBUTE.exec(head); found !== null; found = ATTRIBUTE.exec(head)) {
    const [, name, double, single, bare] = found;
    end = ATTRIBUTE.lastIndex;
    if (name === undefined) return { attributes, end };
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, double ?? single ?? bare?.replace(/\/$/, '') ?? '');
  }
  return { attributes, end: Math.max(end, from) };
}

/** https://html.spec.whatwg.org/#concept-get-xml-encoding-when-sniffing, and white space before it. */
export function xmlEncoding(head: string, known: (label: string) => string | null): string | null {
  // UTF-16 without a byte order mark still shows in the first characters of the declaration.
  if (head.startsWith('<\0?\0x\0')) return 'utf-16le';
  if (head.startsWith('\0<\0?\0x')) return 'utf-16be';
  const [declaration = ''] = /^\s*<\?xml[^>]{0,2000}/.exec(head) ?? [];
  const label = /encoding\s*=\s*(?:"([^"\s]*)"|'([^'\s]*)')/.exec(declaration);
  const encoding = known(label?.[1] ?? label?.[2] ?? '');
  return encoding?.startsWith('utf-16') ? 'utf-8' : encoding;
}
