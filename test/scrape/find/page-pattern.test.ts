import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { indexPage } from '../../../src/scrape/find/page-index.js';
import { pagePattern } from '../../../src/scrape/find/page-pattern.js';
import { MarkupDocument } from '../../../src/scrape/read/markup-document.js';

const SHOP = 'https://shop.example';

/** `here`: the page; `links`: those of its pager, of which the first leads to the next page. */
function patternOf(here: string, ...links: readonly string[]): string | null {
  const html = links.map((href, i) => `<a href="${href}">${i + 2}</a>`).join(' ');
  const page = new MarkupDocument({ text: html, kind: 'html', url: SHOP + here }, 'html');
  const next = page.webAddress(links[0] ?? '') ?? '';
  return pagePattern(indexPage(page), next, (href) => page.webAddress(href))?.replace(SHOP, '') ?? null;
}

describe('the addresses of a list’s pages', () => {
  const cases: [what: string, here: string, links: readonly string[], pattern: string][] = [
    ['a query that page 1 lacks', '/tea', ['/tea?page=2'], '/tea?page=[1-20]'],
    ['a query behind another one', '/tea?q=a&s=1', ['/tea?q=a&s=1&p=2', '/tea?q=a&s=1&p=7'], '/tea?q=a&s=1&p=[1-7]'],
    ['a query before another one', '/tea?q=a', ['/tea?page=2&q=a'], '/tea?page=[1-20]&q=a'],
    ['a number that is there already', '/tea?page=9', ['/tea?page=10', '/tea?page=12'], '/tea?page=[9-12]'],
    ['pages counted from 0', '/tea', ['/tea?page=1', '/tea?page=2'], '/tea?page=[0-2]'],
    ['an offset', '/tea', ['/tea?start=10'], '/tea?start=[0-190:10]'],
    ['an offset that begins with 1', '/tea', ['/tea?first=26', '/tea?first=51'], '/tea?first=[1-51:25]'],
    ['a folder', '/tea/', ['/tea/page/2/', '/tea/page/3/', '/tea/page/31/'], '/tea/page/[1-31]/'],
    ['a bare number', '/tea', ['/tea/2'], '/tea/[1-20]'],
    ['a number in the name of a file', '/f-12.html', ['/f-12-2.html'], '/f-12-[1-20].html'],
    ['the index of a folder', '/tea/index.html', ['/tea/index2.html'], '/tea/index[1-20].html'],
  ];
  for (const [what, here, links, pattern] of cases)
    it(`${what}: ${pattern}`, () => assert.equal(patternOf(here, ...links), pattern));

  it('are no series where they differ in more than a number, or in one that is none of a page', () => {
    assert.equal(patternOf('/tea', '/coffee?page=2'), null);
    assert.equal(patternOf('/tea?after=x9', '/tea?after=k2'), null);
    assert.equal(patternOf('/tea', '/tea/1234'), null);
    assert.equal(patternOf('/tea', 'https://other.example/tea?page=2'), null);
    assert.equal(patternOf('/tea?page=5', '/tea?page=4'), null);
  });
});
