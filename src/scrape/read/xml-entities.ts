/** Above the root, beside it only declarations, comments and white space: what is in brackets is the internal subset. */
const DOCTYPE =
  /^[\s\ufeff]*(?:<\?(?:(?!\?>)[\s\S])*\?>\s*|<!--(?:(?!-->)[\s\S])*-->\s*)*<!DOCTYPE\s[^[<>]*\[((?:(?!\]\s*>)[\s\S])*)\]\s*>/;
const DECLARED = /<!--[\s\S]*?(?:-->|$)|<!ENTITY\s+([\w:.-]+)\s+(?:"([^"]*)"|'([^']*)')\s*>/g;
/** What a reference is none in, and references. */
const REFERENCE = /<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<!--[\s\S]*?(?:-->|$)|&([A-Za-z_][\w:.-]*);/g;
const PREDEFINED = new Set(['lt', 'gt', 'amp', 'quot', 'apos']);
const DECLARED_WITHIN = 64 * 1024;
/** A declaration may refer to others. */
const DEEPEST = 4;
/** Of all that is put in: more only a bomb has. */
const MOST_CHARACTERS = 1_000_000;

/**
 * XML with what its own document type declares put in its place (https://www.w3.org/TR/xml/#sec-internal-ent), which its
 * readers here do not do. Declarations elsewhere are not fetched; a text whose entities are too much stays as it is.
 */
export function withEntities(xml: string): string {
  const head = xml.slice(0, DECLARED_WITHIN);
  // Hardly any text has one.
  if (!head.includes('<!ENTITY')) return xml;
  const [whole, subset = ''] = DOCTYPE.exec(head) ?? [''];
  const values = new Map<string, string>();
  for (const [, name, double, single] of subset.matchAll(DECLARED)) {
    // The first of several counts.
    if (name !== undefined && !PREDEFINED.has(name) && !values.has(name)) values.set(name, double ?? single ?? '');
  }
  if (values.size === 0) return xml;
  let text = xml.slice(whole.length);
  let added = 0;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    let isDone = true;
    text = text.replace(REFERENCE, (written, name) => {
      const value = values.get(name);
      if (value === undefined || added > MOST_CHARACTERS) return written;
      added += value.length;
      isDone = false;
      return value;
    });
    if (added > MOST_CHARACTERS) return xml;
    if (isDone) break;
  }
  return text;
}
