/** What an XML text consists of, as it is met. Names are as written, texts decoded. */
export interface XmlHandler {
  /** `attributes`: as written between the name and the end of the tag. */
  open(name: string, attributes: string): void;
  close(name: string): void;
  text(text: string): void;
}

/** Tags have no more; a quotation mark that is never closed would hide the rest of the text. */
const MOST_ATTRIBUTES = 20_000;

/**
 * Goes once through an XML text without making a tree of it, which would take a gigabyte for the largest sitemaps. As
 * lenient as a browser is with HTML: what is broken is passed over.
 */
export function scanXml(xml: string, handler: XmlHandler): void {
  let at = 0;
  /** Behind a piece that ends with `end`; the end of the text when it never does. */
  const behind = (end: string, from: number) => {
    const found = xml.indexOf(end, from);
    return found < 0 ? xml.length : found + end.length;
  };
  while (at < xml.length) {
    const next = xml.indexOf('<', at);
    if (next !== at) handler.text(decodedText(next < 0 ? xml.slice(at) : xml.slice(at, next)));
    if (next < 0) return;
    if (xml.startsWith('<!--', next)) at = behind('-->', next + 4);
    else if (xml.startsWith('<![CDATA[', next)) {
      at = behind(']]>', next);
      handler.text(xml.slice(next + 9, xml.endsWith(']]>', at) ? at - 3 : at));
    } else if (xml.startsWith('<?', next)) at = behind('?>', next);
    else if (xml.startsWith('<!', next)) at = behindDoctype(xml, next);
    else at = tag(xml, next, handler);
  }
}

function behindDoctype(xml: string, start: number): number {
  const end = xml.indexOf('>', start);
  const subset = xml.slice(start, end < 0 ? xml.length : end).indexOf('[');
  if (end < 0 || subset < 0) return end < 0 ? xml.length : end + 1;
  const closed = xml.indexOf(']', start + subset);
  const after = closed < 0 ? -1 : xml.indexOf('>', closed);
  return after < 0 ? xml.length : after + 1;
}

const NAME = /<(\/?)([^\s/>]+)/y;

function tag(xml: string, start: number, handler: XmlHandler): number {
  NAME.lastIndex = start;
  const [all = '', slash, name] = NAME.exec(xml) ?? [];
  if (name === undefined) {
    handler.text('<');
    return start + 1;
  }
  const from = start + all.length;
  const end = tagEnd(xml, from);
  const inside = xml.slice(from, end);
  if (slash) handler.close(name);
  else {
    handler.open(name, inside);
    if (inside.endsWith('/')) handler.close(name);
  }
  return end + 1;
}

/** Where the tag's `>` is; one in quotation marks is none. */
function tagEnd(xml: string, from: number): number {
  let quote = '';
  const most = Math.min(xml.length, from + MOST_ATTRIBUTES);
  for (let at = from; at < most; at += 1) {
    const character = xml.charAt(at);
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at;
  }
  const end = xml.indexOf('>', from);
  return end < 0 ? xml.length : end;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodedText(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{1,30}));/gi, (whole, ...found) => {
    const [hexadecimal, decimal, name] = found as (string | undefined)[];
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const ATTRIBUTE = /([^\s=/"'<>]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;

/** By name as written. */
export function attributesIn(attributes: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', double, single, bare] of attributes.matchAll(ATTRIBUTE))
    found.set(name, decodedText(double ?? single ?? bare ?? ''));
  return found;
}
