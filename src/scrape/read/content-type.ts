/** How a page is to be read. */
export type Kind = 'html' | 'xhtml' | 'xml' | 'json' | 'text';

/** One value, or one a line. */
const JSON_TYPE = /^(?:application|text)\/(?:x-)?(?:json|ndjson|jsonl|jsonlines|json-lines|json-seq)$|\+json(?:-seq)?$/;

/** Of a MIME type without its parameters, in lower case. Null for what is no page. */
export function kindOf(essence: string): Kind | null {
  if (essence === 'text/html') return 'html';
  if (essence === 'application/xhtml+xml') return 'xhtml';
  if (/^(text|application)\/xml$|\+xml$/.test(essence)) return 'xml';
  if (JSON_TYPE.test(essence)) return 'json';
  return essence.startsWith('text/') ? 'text' : null;
}
