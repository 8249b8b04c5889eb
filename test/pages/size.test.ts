import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { StepError } from '../../src/core/errors.js';
import { defineJob } from '../../src/core/job.js';
import { clipBytes } from '../../src/pages/run/page-bytes.js';
import { Visitor } from '../fixtures/visitor.js';
import { startSite } from './site.js';

const MOST_BYTES = 15_000;
const LONG = '飛び石は、<庭>の & "石" です。😀'.repeat(40);

/** Wide rows, long failures and many figures, all in Japanese. */
const wide = defineJob({
  name: 'wide',
  title: '広い表',
  onFailure: 'continue',
  input: z.object({}),
  plan: () => Array.from({ length: 60 }, (_, i) => `${i} ${LONG}`),
  describe: (item) => item,
  asWatch: { keep: 'new' },
  async step(item, { count }) {
    for (let i = 0; i < 40; i += 1) count(`${LONG}${i}`.slice(-60));
    if (Number.parseInt(item, 10) % 2 === 0) throw new StepError('odd', LONG, { retry: false });
    return { rows: [Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`列${i}${LONG}`, LONG]))] };
  },
});

test('a page stays below 15 KB, whatever a run found and in whatever writing', async (t) => {
  const site = await startSite([wide], { paceMs: 1 });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  await (await visitor.get('/?lang=ja')).text();
  const path = await visitor.start('wide');
  const sizes: number[] = [];
  for (let seq = 0; seq !== 60; ) {
    const html = await (await visitor.get(`${path}?seq=${seq}`)).text();
    seq = Number(/data-seq="(\d+)"/.exec(html)?.[1]);
    sizes.push(Buffer.byteLength(html));
  }
  const html = await (await visitor.get(path)).text();
  sizes.push(Buffer.byteLength(html));
  t.diagnostic(`${Math.max(...sizes)} bytes at most`);
  assert.ok(Math.max(...sizes) < MOST_BYTES, `${Math.max(...sizes)} bytes`);
  for (const part of ['<tbody>', 'class="failures"', 'id="figures"']) assert.ok(html.includes(part), part);
});

test('a text is cut at bytes as they are sent, never within a character', () => {
  assert.equal(clipBytes('stones', 6), 'stones');
  assert.equal(clipBytes('stones', 5), 'st…');
  assert.equal(clipBytes('飛び石', 8), '飛…');
  assert.equal(clipBytes('😀😀', 7), '😀…');
  assert.equal(clipBytes('a<b', 7), 'a…', 'an escaped character is longer');
});
