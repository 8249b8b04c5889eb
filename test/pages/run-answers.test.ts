import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeWords } from '../../src/http/words.js';
import { answerChart } from '../../src/pages/run/answer-times.js';

test('answers that reached the host’s limit are drawn apart from those that stayed below it', () => {
  const limits = { hostMs: 10_000, isAssumed: true, withinMs: 5000 };
  const chart = answerChart(makeWords().en, [100, 9999, 10_000, 5000], limits);
  assert.equal(chart?.bars.within, 'M0 30v-2h7v2zm10 0v-30h7v30zm10 0m10 0v-15h7v15zm10 0');
  assert.equal(chart?.bars.over, 'M0 30m20 0v-30h7v30zm10 0');
});

test('the limit of a host that nobody has measured and that has cut nothing is said to be assumed', () => {
  const [assumed, seen] = [true, false].map((isAssumed) =>
    answerChart(makeWords().en, [900], { hostMs: 10_000, isAssumed, withinMs: null }),
  );
  assert.equal(assumed?.text, 'Limit of the host, assumed: 10 sec.');
  assert.equal(seen?.text, 'Limit of the host: 10 sec.');
});
