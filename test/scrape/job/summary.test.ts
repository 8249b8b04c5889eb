import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScrapeJob, type ScrapeDeps } from '../../../src/scrape/job/scrape.js';

test('a run is named by its first address', () => {
  const { summary } = createScrapeJob({ minDelayMs: 0, maxPages: 100 } as ScrapeDeps);
  assert.equal(summary({ urls: '\nhttps://www.shop.example/list\r\n', sitemap: '' }), 'shop.example/list');
  assert.equal(summary({ urls: 'http://a.example/[1-3]\nhttp://b.example/', sitemap: '' }), 'a.example/[1-3] (+1)');
  assert.equal(summary({ urls: ' ', sitemap: 'https://a.example/map.xml' }), 'a.example/map.xml');
});
