import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../src/core/run.js';
import { figuresOf, finishReason } from '../../src/pages/run/figures.js';

test('why a run ended, in the words of Scrapy', () => {
  assert.equal(finishReason({ status: 'running', droppedCount: 0 }), null);
  assert.equal(finishReason({ status: 'paused', droppedCount: 1 }), null);
  assert.equal(finishReason({ status: 'done', droppedCount: 0 }), 'finished');
  assert.equal(finishReason({ status: 'done', droppedCount: 1 }), 'closespider_pagecount');
  assert.equal(finishReason({ status: 'cancelled', droppedCount: 1 }), 'cancelled');
  assert.equal(finishReason({ status: 'failed', droppedCount: 0 }), 'failed');
});

test('the average latency is in seconds, and there is none without answers', () => {
  const figures = (stats: Run['stats']) => figuresOf({ status: 'running', droppedCount: 0, stats } as Run);
  const stats = { download_latency_ms: 1000, 'downloader/response_count': 3 };
  assert.deepEqual(figures(stats), { download_latency: 0.333, ...stats });
  assert.deepEqual(figures({ 'downloader/response_count': 0 }), { 'downloader/response_count': 0 });
});
