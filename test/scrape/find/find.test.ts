import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Findings, type FindOptions, findOnPage } from '../../../src/scrape/find/find.js';
import type { Proposal } from '../../../src/scrape/find/proposal.js';
import { parseColumns } from '../../../src/scrape/read/columns.js';
import { MarkupDocument } from '../../../src/scrape/read/markup-document.js';
import type { Reading } from '../../../src/scrape/read/page-document.js';
import { LISTING_PAGES, type ListingPage } from './pages.js';

function findingsOf({ html, url }: Pick<ListingPage, 'html' | 'url'>, options?: FindOptions): Findings {
  return findOnPage(new MarkupDocument({ text: html, kind: 'html', url }, 'html'), options);
}

/** What the scraper reads when the proposal is taken as it is. */
function readingOf({ html, url }: ListingPage, { row, columns, follow }: Proposal, next: string): Reading {
  const chosen = columns.filter(({ isChosen }) => isChosen);
  const text = chosen.map(({ name, selector, attribute }) => `${name}: ${selector}@${attribute}`).join('\n');
  const parsed = parseColumns(text);
  assert.deepEqual(parsed.problems, []);
  return new MarkupDocument({ text: html, kind: 'html', url }, 'html').read({
    row,
    columns: parsed.columns,
    next,
    follow,
  });
}

for (const page of LISTING_PAGES) {
  describe(page.name, () => {
    const { proposals, next } = findingsOf(page);
    const [first] = proposals;
    assert.ok(first);
    const reading = readingOf(page, first, next?.selector ?? '');
    const count = page.columns[0]?.length ?? 0;

    it('the first list is its rows, with the columns that a person would take', () => {
      assert.equal(reading.rows.length, count, first.row);
      assert.equal(first.rows, count);
      const names = Object.keys(reading.rows[0] ?? {});
      const found = names.map((name) => reading.rows.map((row) => row[name]));
      for (const cells of page.columns)
        assert.ok(
          found.some((each) => cells.join('|') === each.join('|')),
          cells.join('|'),
        );
    });

    it('a text of its last row leads to the same rows, with its column first', () => {
      const [cells = []] = page.columns;
      const [byExample] = findingsOf(page, { example: cells.at(-1) ?? '' }).proposals;
      assert.equal(byExample?.row, first.row);
      assert.equal(byExample.columns[0]?.isExample, true);
      assert.deepEqual([byExample.columns[0].first, byExample.columns[0].last], [cells[0], cells.at(-1)]);
    });

    it('its selectors are short and name nothing that changes from page to page', () => {
      const selectors = [first.row, ...first.columns.map(({ selector }) => selector)];
      for (const selector of selectors) {
        assert.ok(selector.length < 80, selector);
        assert.doesNotMatch(selector, /[.#][\w-]*\d{3}|css-|sc-/);
      }
    });

    it('the link to the next page, and those to the pages of the rows', () => {
      assert.equal(next?.url ?? null, page.next);
      assert.equal(reading.next, page.next);
      assert.deepEqual(page.follow === null ? null : reading.follow, page.follow);
    });
  });
}

describe('a text given as an example', () => {
  const html = '<body><h1>Tea</h1><p id="price">Price: <b>１０，２００円</b></p><img src="t.png" alt="A cup">';
  const columns = (example: string) =>
    findingsOf({ html, url: 'https://tea.example/' }, { example }).proposals[0]?.columns.map(
      ({ selector, attribute }) => `${selector}@${attribute}`,
    );

  it('in no list: the page is the row', () => assert.deepEqual(columns('Tea'), ['h1@text']));
  it('in other letters than the page has', () => assert.deepEqual(columns('10,200円'), ['b@text']));
  it('of an attribute', () => assert.deepEqual(columns('a cup'), ['img@alt']));
  it('that is not there', () => assert.equal(columns('Coffee'), undefined));
});

describe('what selectors of rows do not name', () => {
  const rowOf = (html: string) => findingsOf({ html, url: 'https://site.example/list' }).proposals[0];
  const thread = (name: string, i: number) =>
    `<li class="${name}"><h3><a href="/t/${i}">Thread ${i}</a></h3><p>by Ann ${i}</p></li>`;
  const threads = (names: readonly string[]) => names.map(thread).join('');

  it('states of a row, which are others on the next page: where the rows are is named instead', () => {
    const html = `<ol class="stickies">${threads(['thread hot', 'thread hot'])}</ol>
      <ol class="threads">${threads(Array(9).fill('thread'))}</ol>`;
    assert.deepEqual([rowOf(html)?.row, rowOf(html)?.rows], ['ol.threads > li.thread', 9]);
    assert.equal(rowOf(`<ol>${threads(Array(9).fill('topic unread'))}</ol>`)?.row, 'li.topic');
  });

  it('what the values of cells are called: good and bad rows are rows of one table', () => {
    const row = (kind: string, i: number) =>
      `<tr><td><a href="/${i}">Tank ${i}</a></td><td><b class="${kind}">${i}</b></td><td>${i} %</td><td>T${i}</td></tr>`;
    const html = `<table>${['good', 'bad', 'good', 'bad', 'bad', 'good'].map(row).join('')}</table>`;
    assert.equal(rowOf(html)?.rows, 6);
  });
});

describe('what is no row, or not the row that is meant', () => {
  const rowOf = (html: string) => findingsOf({ html, url: 'https://site.example/list' }).proposals[0];

  it('the names of columns that stand above each of several tables', () => {
    const table = (name: string) =>
      `<table class="${name}"><tr><td>Board</td><td>Threads</td><td>Posts</td></tr>${[1, 2, 3]
        .map((i) => `<tr><td><a href="/${name}/${i}">${name} ${i}</a></td><td>${i}</td><td>many ${i}</td></tr>`)
        .join('')}</table>`;
    const proposal = rowOf(`<div class="boards">${['tea', 'cups', 'water'].map(table).join('')}</div>`);
    assert.equal(proposal?.rows, 9, proposal?.row);
  });

  it('the paragraphs of one article among several', () => {
    const article = (i: number) =>
      `<article class="post"><h2><a href="/${i}">Post ${i}</a></h2>${Array.from(
        { length: i === 2 ? 14 : 2 },
        (_, p) => `<p>Paragraph ${p} of post ${i}, with <a href="/l${p}">a link</a> and quite some text about tea.</p>`,
      ).join('')}</article>`;
    const proposal = rowOf([1, 2, 3, 4].map(article).join(''));
    assert.deepEqual([proposal?.row, proposal?.rows], ['article.post', 4]);
  });

  it('a row of a grid of things that have the same name and price', () => {
    const item = (i: number) =>
      `<div class="item"><a href="/${i}"><img src="/${i}.jpg"></a><h3>Cup</h3><p class="price">3 €</p></div>`;
    const grid = (i: number) => `<div class="products">${[1, 2, 3].map((j) => item(3 * i + j)).join('')}</div>`;
    assert.equal(rowOf(`<div>${[0, 1, 2, 3, 4].map(grid).join('')}</div>`)?.rows, 15);
  });
});
