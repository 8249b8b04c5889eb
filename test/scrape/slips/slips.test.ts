import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Place, type SlipCode, suggestions } from '../../../src/scrape/slips/slips.js';
import { cpuMs } from '../../fixtures/longest-turn.js';

/** What people type, where, and what they meant: the first suggestion. */
const SLIPS: readonly (readonly [typed: string, place: Place, code: SlipCode, meant: string])[] = [
  ['"li.item"', 'row', 'quotes', 'li.item'],
  ['「li.item」', 'row', 'quotes', 'li.item'],
  ['`h2 a`@href', 'column', 'quotes', 'h2 a@href'],
  ['document.querySelector("#list > li")', 'row', 'call', '#list > li'],
  ["$$('li.item')", 'row', 'call', 'li.item'],
  ["response.css('h2::text')", 'column', 'call', 'h2'],
  ['.item { color: red }', 'row', 'rule', '.item'],
  ['li．item', 'row', 'full-width', 'li.item'],
  ['＃main　＞　li', 'row', 'full-width', '#main > li'],
  ['ａ＠ｈｒｅｆ', 'column', 'full-width', 'a@href'],
  ['<div class="item">', 'row', 'html', 'div.item'],
  ['<li class="item  wide" data-id="7">Tea</li>', 'row', 'html', 'li.item.wide'],
  ['<a rel="next" href="/2">', 'link', 'html', 'a[rel="next"]'],
  ['<div id="list">', 'row', 'html', '#list'],
  ['<span itemprop=price>', 'column', 'html', 'span[itemprop="price"]'],
  ['<h2>', 'column', 'html', 'h2'],
  ['//li', 'row', 'xpath', 'li'],
  ['/html/body/div[2]/ul/li', 'row', 'xpath', 'html > body > div:nth-of-type(2) > ul > li'],
  ['//div[@class="item"]', 'row', 'xpath', 'div.item'],
  ["//*[@id='list']/li[position()>1]", 'row', 'xpath', '#list > li:nth-of-type(n+2)'],
  ['//a[contains(@href, "/p/")]/@href', 'column', 'xpath', 'a[href*="/p/"]@href'],
  ['.//h2/text()', 'column', 'xpath', 'h2'],
  ['//a[text()="Next"]', 'link', 'xpath', 'a:contains("Next")'],
  ["//li[contains(concat(' ', @class, ' '), ' item ')]", 'row', 'xpath', 'li.item'],
  ['//dt/following-sibling::dd[1]', 'column', 'xpath', 'dt ~ dd'],
  ['h2::text', 'column', 'pseudo-element', 'h2'],
  ['a::attr(href)', 'column', 'pseudo-element', 'a@href'],
  ['a::attr(href)', 'link', 'pseudo-element', 'a'],
  ['a[@href]', 'column', 'attribute-in-brackets', 'a@href'],
  ['a[@href]', 'link', 'attribute-in-brackets', 'a[href]'],
  ['li.item@href', 'row', 'attribute-here', 'li.item'],
  ['li.item,', 'row', 'left-over', 'li.item'],
  ['ul >', 'row', 'left-over', 'ul'],
  ['.w-1/2', 'row', 'unescaped', '.w-1\\/2'],
  ['.md:flex .card', 'row', 'unescaped', '.md\\:flex .card'],
  ['.3col', 'row', 'unescaped', '.\\33 col'],
  ['product_pod', 'row', 'class-dot', '.product_pod'],
  ['div card', 'row', 'class-dot', 'div .card'],
  ['ul > li:nth-child(3)', 'row', 'numbered', 'ul > li'],
  ['body > div > ul > li:nth-child(1) > h2', 'column', 'outside-row', 'div > ul > li:nth-child(1) > h2'],
];

for (const [typed, place, code, meant] of SLIPS) {
  test(`${typed} in a ${place} is ${meant}`, () => {
    const [first] = suggestions(typed, place);
    assert.deepEqual([first?.code, first?.text], [code, meant]);
  });
}

test('what is left out is named, so that one can see why', () => {
  const [last, first, both] = suggestions('ul:nth-child(2) > li:nth-child(3)', 'row');
  assert.deepEqual([last?.text, last?.without], ['ul:nth-child(2) > li', [':nth-child(3)']]);
  assert.deepEqual([first?.text, first?.without], ['ul > li:nth-child(3)', [':nth-child(2)']]);
  assert.deepEqual([both?.text, both?.without], ['ul > li', [':nth-child(2)', ':nth-child(3)']]);
});

test('XPath that CSS cannot say is not translated', () => {
  for (const xpath of [
    '//li/..',
    '//li[count(a) > 2]',
    '//li/ancestor::div',
    '//li[a or b]',
    '//li[position() mod 2 = 0]',
  ])
    assert.deepEqual(suggestions(xpath, 'row'), [], xpath);
});

test('a text of any length and kind has its suggestions before long', () => {
  for (const text of ['<a '.repeat(600), '"'.repeat(1999), '(['.repeat(900), ' > a'.repeat(490), '$("'.repeat(600)]) {
    const startedAt = cpuMs();
    suggestions(text, 'column');
    assert.ok(cpuMs() - startedAt < 2000, text.slice(0, 10));
  }
});
