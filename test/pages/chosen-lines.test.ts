import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { chosenLines } from '../../src/pages/job/chosen-lines.js';

const job = defineJob({
  name: 'job',
  input: z.object({ list: z.string() }),
  plan: () => [1],
  step: async () => ({}),
});

test('lines that are mended are those that were sent, and an empty one is left out', () => {
  const sent = { list: 'a\nb\nc\n\nd', '_mend:list:1': '', '_mend:list:3': 'C', '_mend:list:9': 'x' };
  assert.equal(chosenLines(job, sent)['list'], 'b\nC\n\nd');
});

test('to mend very many lines of a long text costs no more than to read it', () => {
  const mends = Array.from({ length: 900 }, (_, i) => [`_mend:list:${i + 1}`, 'x']);
  const from = process.cpuUsage();
  const { list } = chosenLines(job, { list: '\n'.repeat(300_000), ...Object.fromEntries(mends) });
  assert.equal(String(list), 'x\n'.repeat(900) + '\n'.repeat(300_000 - 900));
  // Each read anew: twenty seconds.
  assert.ok(process.cpuUsage(from).user < 2_000_000);
});

test('names are given to the lines of a proposal, and a text of very many lines stays as it was sent', () => {
  const lines = (first: string) => [first, ...Array.from({ length: 1999 }, () => 'a: x'), 'b: y'].join('\n');
  const sent = { list: lines('b: y'), '_name:list:b': 'c' };
  assert.equal(chosenLines(job, sent)['list'], lines('c: y'));
});
