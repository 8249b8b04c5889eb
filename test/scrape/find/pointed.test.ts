import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { load } from 'cheerio';
import { type Findings, findOnPage } from '../../../src/scrape/find/find.js';
import { numberedElements } from '../../../src/scrape/read/element-numbers.js';
import { MarkupDocument } from '../../../src/scrape/read/markup-document.js';

interface Pointed {
  readonly columns?: readonly string[];
  readonly next?: string;
  readonly follow?: string;
}

/** What is found when somebody points at the first elements of these selectors. */
function pointAt(html: string, { columns = [], next, follow }: Pointed): Findings {
  const document = new MarkupDocument({ text: html, kind: 'html', url: 'https://shop.example/tea/' }, 'html');
  const $ = load(html);
  // The same elements, whichever parser looks at them.
  assert.equal($('*').length, numberedElements(document.root).length);
  const numberOf = (selector: string) => {
    const number = $('*').index($(selector).first());
    assert.ok(number >= 0, selector);
    return number;
  };
  const optional = (selector: string | undefined) => (selector === undefined ? null : numberOf(selector));
  const pointed = { columns: columns.map(numberOf), next: optional(next), follow: optional(follow) };
  return findOnPage(document, { pointed });
}

const teas = ['Assam', 'Sencha', 'Oolong', 'Yunnan'];
const card = (name: string, i: number) =>
  `<div class="card"><a class="more" href="/tea/${i}"><img src="/${i}.jpg" alt=""></a><h3>${name}</h3><span class="price">${i + 3}.50 €</span><a class="shop" href="/shops/${i}">Shop ${i}</a></div>`;
const CARDS = `<h1>Teas</h1><div class="grid">${teas.map(card).join('')}</div><p><a href="/tea/?p=2">››</a></p>`;
/** Two cards in each row of the grid. */
const GRID = `<table class="g"><tr>${[0, 1].map((i) => `<td>${card(teas[i] ?? '', i)}</td>`).join('')}</tr><tr>${[2, 3]
  .map((i) => `<td>${card(teas[i] ?? '', i)}</td>`)
  .join('')}</tr></table>`;

describe('what somebody points at', () => {
  it('is the one column that is chosen, and its list is the table', () => {
    const { proposals, missed } = pointAt(CARDS, { columns: ['.card:nth-of-type(3) .price'] });
    const [proposal, ...others] = proposals;
    assert.deepEqual([others.length, missed], [0, []]);
    assert.equal(proposal?.rows, 4);
    assert.deepEqual(
      proposal.columns.filter(({ isChosen }) => isChosen).map(({ selector, first, last }) => [selector, first, last]),
      [['span.price', '3.50 €', '6.50 €']].map(([, ...cells]) => ['.price', ...cells]),
    );
  });

  it('keeps the order in which it was pointed at, and two cells of one column are one', () => {
    const { proposals } = pointAt(CARDS, { columns: ['.price', 'h3', '.card:nth-of-type(2) .price'] });
    const chosen = proposals[0]?.columns.filter(({ isChosen }) => isChosen).map(({ first }) => first);
    assert.deepEqual(chosen, ['3.50 €', 'Assam']);
  });

  it('a second element like the first says what a row is: a card, where cards stand side by side', () => {
    const { proposals } = pointAt(GRID, { columns: ['td:nth-of-type(1) h3', 'td:nth-of-type(2) h3'] });
    assert.equal(proposals[0]?.rows, 4);
    assert.deepEqual([proposals[0].columns[0]?.first, proposals[0].columns[0]?.last], ['Assam', 'Yunnan']);
  });

  it('a picture is its address', () => {
    const { proposals } = pointAt(CARDS, { columns: ['img'] });
    const [column] = proposals[0]?.columns ?? [];
    assert.deepEqual([column?.attribute, column?.first], ['src', 'https://shop.example/0.jpg']);
  });

  it('what stands once on the page makes one row of the page', () => {
    const { proposals } = pointAt(CARDS, { columns: ['h1'] });
    assert.deepEqual([proposals[0]?.row, proposals[0]?.rows, proposals[0]?.columns[0]?.first], ['', 1, 'Teas']);
  });

  it('what stands outside of the rows leaves the table as it was, beside the page as one row', () => {
    const { proposals, missed } = pointAt(CARDS, { columns: ['.price', 'h1'] });
    assert.deepEqual([proposals.map(({ rows }) => rows), missed], [[4, 1], ['columns']]);
    assert.deepEqual(
      proposals[1]?.columns.map(({ first }) => first),
      ['3.50 €', 'Teas'],
    );
  });

  it('a link leads to the next page, or is opened in each row', () => {
    const { proposals, next } = pointAt(CARDS, { columns: ['h3'], next: 'p a', follow: '.shop' });
    assert.equal(next?.url, 'https://shop.example/tea/?p=2');
    assert.notEqual(proposals[0]?.next, '');
    const document = new MarkupDocument({ text: CARDS, kind: 'html', url: 'https://shop.example/tea/' }, 'html');
    assert.deepEqual(
      document.links(proposals[0]?.follow ?? ''),
      teas.map((_, i) => `https://shop.example/shops/${i}`),
    );
  });

  it('what is no link leads nowhere, and the rest is found all the same', () => {
    const { proposals, missed } = pointAt(CARDS, { columns: ['.price'], next: 'h1', follow: 'h1' });
    assert.deepEqual(missed, ['next', 'follow']);
    assert.equal(proposals[0]?.rows, 4);
  });

  it('a cell that reaches over rows is in each of them', () => {
    const table = `<table><tr><th>City</th><th>Museum</th></tr>
      <tr><td rowspan="2">Kyoto</td><td>Manga</td></tr><tr><td>Railway</td></tr>
      <tr><td rowspan="2">Osaka</td><td>Science</td></tr><tr><td>Housing</td></tr></table>`;
    const { proposals } = pointAt(table, { columns: ['tr:nth-of-type(4) td', 'tr:nth-of-type(3) td'] });
    assert.deepEqual(
      proposals[0]?.columns.filter(({ isChosen }) => isChosen).map(({ name, first, last }) => [name, first, last]),
      [
        ['City', 'Kyoto', 'Osaka'],
        ['Museum', 'Manga', 'Housing'],
      ],
    );
  });
});
