import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWords } from '../../src/http/words.js';

const words = makeWords();
const NOON = new Date(2026, 0, 1, 12).getTime();

test('a time that is not today comes with its date', () => {
  assert.match(words.en.time(NOON + 3_600_000, NOON), /^13:00:00 \S+$/);
  assert.match(words.en.time(NOON + 23 * 3_600_000, NOON), /^Jan 2, 2026, 11:00 \S+$/);
});

test('seconds are a duration in the words of the language, from a minute on in minutes', () => {
  const said = (seconds: number) => words.en.t('jobs.wait.doing', { seconds });
  assert.deepEqual([said(0.5), said(13), said(600)], ['Waiting 0.5 sec', 'Waiting 13 sec', 'Waiting 10 min']);
  assert.equal(words.ja.t('jobs.wait.item', { seconds: 13 }), `${words.ja.duration(13_000)}待つ`);
});

test('several names are listed as the language does', () => {
  const said = (language: 'en' | 'ja') => words[language].t('warnings.empty-columns', { names: ['tea', '価格'] });
  assert.match(said('en'), / tea, 価格\.$/);
  assert.match(said('ja'), /：tea、価格$/);
});
