import type { PageIndex } from './page-index.js';

const MOST_TEXT = 600;
/** Where frameworks put the page that they make. */
const ROOT = /^(?:root|app|__next|__nuxt|main-app|react-root|vue-app|application|gatsby-focus-wrapper|svelte)$/i;

/** Whether a page has next to no text before its scripts have run. */
export function looksMadeByScript({ parts, byTag }: PageIndex): boolean {
  const [page] = parts;
  const scripts = (byTag.get('script') ?? []).filter(({ node }) => !/json/.test(node.attribs['type'] ?? '')).length;
  if (!page || scripts === 0 || page.textLength > MOST_TEXT) return false;
  const hasEmptyRoot = parts.some(
    ({ node, textLength }) => ROOT.test(node.attribs['id'] ?? '') && textLength < MOST_TEXT,
  );
  return hasEmptyRoot || (page.textLength < MOST_TEXT / 3 && page.links < 5);
}
