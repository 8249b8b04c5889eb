import { escaped } from './compounds.js';

const ELEMENT = /^<([a-z][\w:-]*)((?:\s+[^\s=>/"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+))?)*)\s*\/?>/i;
const ATTRIBUTE = /([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/g;
/** What says the same of an element on every page. */
const TELLING = ['itemprop', 'rel', 'data-testid', 'role', 'aria-label'];
const MOST_CLASSES = 6;

/** Selectors that find the element whose start tag, and perhaps more, was pasted: the best first. */
export function selectorsOfHtml(text: string): readonly string[] {
  const [, tag = '', written = ''] = ELEMENT.exec(text.trim()) ?? [];
  if (tag === '') return [];
  const name = escaped(tag.toLowerCase());
  const attributes = new Map<string, string>();
  for (const [, key = '', double, single, bare] of written.matchAll(ATTRIBUTE))
    attributes.set(key.toLowerCase(), double ?? single ?? bare ?? '');
  const classes = (attributes.get('class') ?? '').split(/\s+/).filter((each) => each !== '');
  const id = attributes.get('id') ?? '';
  const named = classes.slice(0, MOST_CLASSES).map((each) => `.${escaped(each)}`);
  const telling = TELLING.flatMap((key) => {
    const value = attributes.get(key);
    return value ? `${name}[${key}="${value.replace(/["\\]/g, '\\$&')}"]` : [];
  });
  return [
    ...(named.length > 0 ? [`${name}${named.join('')}`] : []),
    ...telling,
    ...(id === '' ? [] : [`#${escaped(id)}`]),
    ...(named.length > 1 ? named.map((each) => `${name}${each}`) : []),
    name,
  ];
}
