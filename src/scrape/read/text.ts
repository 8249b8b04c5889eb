import type { load } from 'cheerio';

/** A node of cheerio's tree. */
export type Node = Exclude<Parameters<typeof load>[0], string | Buffer | readonly unknown[]>;

/** Nothing of these is on the screen of a browser that runs scripts. */
const UNSEEN = new Set(['script', 'noscript', 'style', 'template', 'head']);

/** What begins and ends on a line or in a cell of its own, so that its neighbours' words stay apart. */
const SEPARATE = new Set(
  (
    'address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset figcaption ' +
    'figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol optgroup option p pre ' +
    'search section select summary table tbody td tfoot th thead tr ul'
  ).split(' '),
);

/**
 * The text of a node as a person would copy it: entities decoded, runs of white space collapsed, nothing that is not
 * on the screen. Asked for a script, a style or something hidden itself, what is in it.
 */
export function textOf(node: Node): string {
  const parts: string[] = [];
  // A stack of its own: pages may nest deeper than the call stack is.
  const waiting: (Node | string)[] = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') parts.push(next);
    else if (next.type === 'text') parts.push(next.data);
    else if ('children' in next && (next === node || !isUnseen(next))) {
      const gap = SEPARATE.has(nameOf(next)) ? ' ' : '';
      parts.push(gap);
      waiting.push(gap);
      for (const child of next.children.toReversed()) waiting.push(child);
    }
  }
  // The spaces of HTML and the no-break space, which browsers copy as a plain one. The ideographic space stays.
  return parts
    .join('')
    .replace(/[\t\n\f\r \u00a0]+/g, ' ')
    .trim();
}

function isUnseen(node: Node): boolean {
  return UNSEEN.has(nameOf(node)) || ('attribs' in node && 'hidden' in node.attribs);
}

function nameOf(node: Node): string {
  return 'name' in node ? node.name.toLowerCase() : '';
}
