import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWords } from '../../src/http/words.js';
import { answerChart } from '../../src/pages/run/answer-times.js';

test('answers that reached the host’s limit are drawn apart from those that stayed below it', () => {
  const chart = answerChart(makeWords().en, [100, 9999, 10_000], { hostMs: 10_000, withinMs: 5000 });
  assert.equal(chart?.bars.within, 'M0 90v-2h7v2zM10 90v-90h7v90z');
  assert.equal(chart?.bars.over, 'M20 90v-90h7v90z');
});
