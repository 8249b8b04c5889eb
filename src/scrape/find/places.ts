import { wordsOf } from './names.js';
import { ancestorsOf, type Part } from './page-index.js';

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

/** How much of what stands in an element people come to a page for. `share`: how much of the page that is. */
export function placeFactor(part: Part, share: number): number {
  const { attribs } = part.node;
  const words = [...part.classes.flatMap(wordsOf), ...wordsOf(attribs['id'] ?? ''), ...wordsOf(attribs['role'] ?? '')];
  if (MAIN_TAGS.has(part.tag) || words.some((word) => MAIN.has(word))) return 1.15;
  if (share > 0.5) return 1;
  if (part.tag !== 'form' && NAVIGATION_TAGS.has(part.tag)) return part.tag === 'header' ? 0.5 : 0.3;
  if (words.some((word) => NAVIGATION.has(word))) return 0.35;
  return words.some((word) => ASIDE.has(word)) ? 0.5 : 1;
}

/** In a column beside what people come for, or in a menu. */
export function isAside(part: Part): boolean {
  const [page] = part.all;
  const mass = Math.max(1, page?.textLength ?? 0);
  for (const up of [part, ...ancestorsOf(part)]) {
    if (up.tag === 'body') return false;
    if (placeFactor(up, up.textLength / mass) < 1) return true;
  }
  return false;
}
