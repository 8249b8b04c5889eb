import { remembering, wordsOf } from './names.js';
import type { Part } from './page-index.js';

const NAVIGATION_TAGS = new Set(['nav', 'footer', 'header', 'aside', 'menu', 'form']);
const MAIN_TAGS = new Set(['main', 'article']);
const NAVIGATION = new Set(
  'nav navi navigation navbar menu submenu gnav globalnav breadcrumb breadcrumbs crumb crumbs pankuzu topicpath footer foot header masthead toolbar pagination pager paging pages pagenavi paginate tabs tab tabset legal copyright sitemap skip cookie consent login'.split(
    ' ',
  ),
);
const ASIDE = new Set(
  'toc sidebar side aside widget widgets related recommend recommended recommendation recommendations similar also popular ranking trending recent latest social share sharing sns ad ads advert adverts advertisement sponsor sponsored sponsors promo promotion banner filter filters facet facets refine refinement carousel slider slick swiper tagcloud archives archive blogroll dropdown modal popup options keywords history'.split(
    ' ',
  ),
);
const MAIN = new Set('main content contents result results searchresults listing listings primary'.split(' '));

const MAIN_FACTOR = 1.15;

/** How much of what stands in an element people come to a page for. `share`: how much of the page that is. */
export function placeFactor({ tag, node }: Part, share: number): number {
  const { class: classes = '', id = '', role = '' } = node.attribs;
  const factor = classes === '' && id === '' && role === '' ? 1 : factorByNames(`${classes} ${id} ${role}`);
  if (MAIN_TAGS.has(tag) || factor === MAIN_FACTOR) return MAIN_FACTOR;
  if (share > 0.5) return 1;
  if (tag !== 'form' && NAVIGATION_TAGS.has(tag)) return tag === 'header' ? 0.5 : 0.3;
  return factor;
}

const factorByNames = remembering((names) => {
  const words = wordsOf(names);
  if (words.some((word) => MAIN.has(word))) return MAIN_FACTOR;
  if (words.some((word) => NAVIGATION.has(word))) return 0.35;
  return words.some((word) => ASIDE.has(word)) ? 0.5 : 1;
});

/** In a column beside what people come for, or in a menu. */
export function isAside(part: Part): boolean {
  const [page] = part.all;
  const mass = Math.max(1, page?.textLength ?? 0);
  for (let up: Part | null = part; up !== null; up = up.parent) {
    if (up.tag === 'body') return false;
    if (placeFactor(up, up.textLength / mass) < 1) return true;
  }
  return false;
}
