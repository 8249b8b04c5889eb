import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberIn } from '../../../src/scrape/clean/number.js';
import { cpuMs } from '../../fixtures/longest-turn.js';

const NUMBERS: readonly (readonly [text: string, language: string, number: number | string | null])[] = [
  ['10,200円（税込）', 'ja', 10200],
  ['１０，２００円', 'ja', 10200],
  ['￥1,980', 'ja', 1980],
  ['約1.5万円', 'ja', 15000],
  ['3億2,000万円', 'ja', 320_000_000],
  ['1万2000人', 'ja', 12000],
  ['▲1,200', 'ja', -1200],
  ['1.234,56 €', 'de', 1234.56],
  ['1.234,56 €', '', 1234.56],
  ['1.234 Stück', 'de', 1234],
  ['1.234 pieces', 'en', 1.234],
  ['1,234 pieces', 'en', 1234],
  ['1,234 kg', 'de-DE', 1.234],
  ['0,125', 'en', 0.125],
  ['1,5', 'en', 1.5],
  ['€ 12,50', 'fr', 12.5],
  ['10 200,50 €', 'fr', 10200.5],
  ['10\u202f200 €', 'fr', 10200],
  ["CHF 1'234.50", 'de-CH', 1234.5],
  ['£51.77', 'en-GB', 51.77],
  ['US$ 1,234,567.89', 'en', 1_234_567.89],
  ['₹1,00,000', 'en-IN', 100_000],
  ['-12 °C', 'en', -12],
  ['−12,5 °C', 'de', -12.5],
  ['A-12', 'en', 12],
  ['10–20 pieces', 'en', 10],
  ['5,- Kč', 'cs', 5],
  ['15%', 'en', 15],
  ['(税込)', 'ja', null],
  ['sold out', 'en', null],
  ['٣٤٥', 'ar', 345],
  ['१२३', 'hi', 123],
  ['12345678901234567890', 'en', '12345678901234567890'],
  ['3 items in 2 boxes', 'en', 3],
  ['1.2.3', 'en', 123],
];

for (const [text, language, number] of NUMBERS) {
  test(`${text}${language && ` in ${language}`} is ${number}`, () => assert.equal(numberIn(text, language), number));
}

test('a long text costs no more than its beginning', () => {
  const startedAt = cpuMs();
  numberIn(`${'1 '.repeat(500_000)}x`, 'en');
  numberIn(`${' '.repeat(500_000)}1`, 'en');
  assert.ok(cpuMs() - startedAt < 500);
});
