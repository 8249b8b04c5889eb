import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import { ProgressView } from '../../src/cli/terminal.js';
import { makeWords } from '../../src/http/words.js';

const status = {
  id: 'r',
  job: 'j',
  name: null,
  status: 'running',
  reason: null,
  seq: 3,
  total: 6,
  rowCount: 2,
  failedCount: 1,
  droppedCount: 0,
  remainingMs: 90_000,
  waitMs: 0,
  workingMs: null,
  failure: null,
  warnings: [],
} as const;

function view(isTTY: boolean, json = false) {
  const [out, err] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY, columns: 80 })];
  const shown = new ProgressView({ out, err, stop: new AbortController().signal, words: makeWords().en }, json);
  return { shown, out: () => written(out), err: () => written(err) };
}

/** All that was written until now: newer Nodes read it piece by piece. */
function written(stream: PassThrough): string {
  let text = '';
  for (let piece = stream.read(); piece !== null; piece = stream.read()) text += piece;
  return text;
}

it('on a terminal a bar changes in place, and what is said stands above it', () => {
  const { shown, err } = view(true);
  shown.show(status);
  shown.say('Step 3 failed');
  assert.equal(
    err(),
    '\r\x1B[K[############------------] 3/6, 2 rows, 1 failed, 1 min 30 sec left\r\x1B[KStep 3 failed\n',
  );
});

it('elsewhere it is a line, and not the same one again', () => {
  const { shown, err } = view(false);
  shown.show(status);
  shown.show(status);
  assert.equal(err(), '3/6, 2 rows, 1 failed, 1 min 30 sec left\n');
});

it('for machines it is JSON on the standard output', () => {
  const { shown, out, err } = view(true, true);
  shown.show(status);
  assert.deepEqual([JSON.parse(out()), err()], [status, '']);
});
