import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clean } from '../../../src/scrape/clean/cleaning.js';
import { patternProblem } from '../../../src/scrape/clean/pattern.js';
import { cpuMs } from '../../fixtures/longest-turn.js';

const PAGE = {
  language: 'ja',
  host: 'shop.example',
  resolve: (text: string) => new URL(text, 'https://shop.example/a/').href,
};
const pattern = (source: string, ignoresCase = false) => ({ kind: 'match', pattern: { source, ignoresCase } }) as const;

test('one cleaning follows the other', () => {
  const text = '定価 12,000円 → 10,200円（税込）';
  assert.deepEqual(clean(text, [pattern('→ (.*)円'), { kind: 'number' }], PAGE), { value: 10200, isClean: true });
});

test('a pattern that finds nothing leaves an empty cell, and what follows it nothing to do', () => {
  assert.deepEqual(clean('sold out', [pattern('\\d+円'), { kind: 'number' }], PAGE), { value: '', isClean: true });
});

test('a number that is not there is told of, and the cell stays as it was', () => {
  assert.deepEqual(clean('売り切れ', [{ kind: 'number' }], PAGE), { value: '売り切れ', isClean: false });
});

test('a pattern without groups means all that it finds, capitals or not where it says so', () => {
  assert.equal(clean('ISBN 978-4', [pattern('isbn [\\d-]+', true)], PAGE).value, 'ISBN 978-4');
});

test('an address becomes absolute, and white space one blank', () => {
  assert.equal(clean(' ../b ', [{ kind: 'absolute' }], PAGE).value, 'https://shop.example/b');
  assert.equal(clean(' a \n b ', [{ kind: 'trim' }], PAGE).value, 'a b');
});

test('a pattern that would keep others busy for ever takes no longer than its text', () => {
  const startedAt = cpuMs();
  assert.equal(clean('a'.repeat(50_000), [pattern('(a*)*b')], PAGE).value, '');
  assert.ok(cpuMs() - startedAt < 1000);
});

test('what is wrong with a pattern is said', () => {
  assert.equal(patternProblem({ source: '(\\d+)円', ignoresCase: false }), null);
  assert.match(patternProblem({ source: '(a', ignoresCase: false }) ?? '', /missing closing \)/);
  assert.match(patternProblem({ source: '(?=a)', ignoresCase: false }) ?? '', /unsupported/);
  assert.match(patternProblem({ source: 'a'.repeat(501), ignoresCase: false }) ?? '', /longer than 500/);
});
