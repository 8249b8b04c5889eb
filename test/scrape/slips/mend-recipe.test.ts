import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mendRecipe, type RecipeField, type TypedRecipe } from '../../../src/scrape/slips/mend-recipe.js';

const PAGE = `<!doctype html><div id=list><ul>${Array.from(
  { length: 10 },
  (_, i) => `<li class="item ${i % 2 ? 'odd' : 'even'}"><h2><a href=/p/${i}>Tea ${i}</a></h2><b class=price>${i}円</b>`,
).join('')}</ul></div><a rel=next href=?p=2>next</a>`;

const ANSWER = {
  url: 'https://shop.example/',
  kind: 'html',
  charset: 'utf-8',
  bytes: new TextEncoder().encode(PAGE),
  refresh: null,
  link: null,
} as const;

const ALL: readonly RecipeField[] = ['row', 'columns', 'detail', 'next', 'follow'];

function mends(typed: Partial<TypedRecipe>, answer: typeof ANSWER | null = ANSWER): string[] {
  const recipe = { row: '', columns: '', detail: '', next: '', follow: '', ...typed };
  return mendRecipe(answer, recipe, { encoding: '', fields: ALL, isDetail: false }).map(
    ({ field, line, value, code, before, count, of }) =>
      `${field}${line ?? ''} ${code} ${value}: ${count}${of === null ? '' : `/${of}`}${before === null ? '' : ` not ${before}`}`,
  );
}

test('a selector of one element is offered without the number that makes it so', () => {
  assert.deepEqual(
    mends({ row: '#list > ul:nth-child(1) > li:nth-child(3)' })[0],
    'row numbered #list > ul:nth-child(1) > li: 10 not 1',
  );
});

test('what finds nothing is offered as what finds something, and nothing else is', () => {
  assert.deepEqual(mends({ row: 'item' }), ['row class-dot .item: 10 not 0']);
  assert.deepEqual(mends({ row: 'nothing' }), []);
  assert.deepEqual(mends({ row: 'item even' }), ['row class-dot .item.even: 5 not 0']);
});

test('what works is left alone', () => {
  assert.deepEqual(
    mends({ row: 'li.item', columns: 'name: h2\nprice: .price', next: 'a[rel=next]', follow: 'h2 a' }),
    [],
  );
});

test('columns are looked for in the rows that were meant', () => {
  assert.deepEqual(
    mends({ row: '"li.item"', columns: 'name: h2\nprice: body > div > ul > li > b.price\nlink: a[@href]' }),
    [
      'row quotes li.item: 10',
      'columns2 outside-row price: b.price: 10/10 not 0',
      'columns3 attribute-in-brackets link: a@href: 10/10',
      'columns3 attribute-in-brackets link: a[href]: 10/10',
    ],
  );
});

test('a column without a name gets one', () => {
  assert.deepEqual(mends({ columns: '.price\nlink = h2 a@href' }), [
    'columns1 colon price: .price: null',
    'columns2 colon link: h2 a@href: null',
  ]);
});

test('links are counted as links', () => {
  assert.deepEqual(mends({ next: "//a[@rel='next']", follow: 'h2 a::attr(href)' }), [
    'next xpath a[rel="next"]: 1',
    'follow pseudo-element h2 a: 10',
  ]);
});

test('without a page the same is offered for what cannot be used, and nobody says how often it is found', () => {
  assert.deepEqual(mends({ row: '<li class="item">', next: 'next' }, null), [
    'row html li.item: null',
    'row html li: null',
  ]);
});

test("the link to a row's own page is counted in the rows; columns of that page are mended, and counted there", () => {
  assert.deepEqual(mends({ row: 'li', detail: 'h2 a[@href]', columns: 'maker: detail: h1::text | trim' }), [
    'columns1 pseudo-element maker: detail: h1 | trim: null',
    'detail attribute-in-brackets h2 a[href]: 10',
  ]);
});
