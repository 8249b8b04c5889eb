import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSitemap } from '../../../src/scrape/read/sitemap.js';

const read = (text: string) => {
  const page = {
    url: 'http://a/map',
    kind: 'xml',
    charset: 'utf-8',
    status: 200,
    refresh: null,
    link: null,
    isCut: false,
  } as const;
  return readSitemap({ ...page, bytes: Buffer.from(text) });
};

test('what stands in <loc> is an address, but not in comments or under another prefix', async () => {
  const { addresses, dropped } = await read(
    `<s:urlset ><!-- <s:loc>http://a/0</s:loc> --><s:loc a="b">http://a/1?x&amp;y</s:loc >
    <loc>http://a/2</loc><s:location>http://a/3</s:location><S:LOC> <![CDATA[http://a/4?x&y]]> </S:LOC><!-- <s:loc>`,
  );
  assert.deepEqual(addresses, ['http://a/1?x&y', 'http://a/4?x&y']);
  assert.equal(dropped, 0);
});

test('addresses past the most that a sitemap may have are counted', async () => {
  const all = Array.from({ length: 50_003 }, (_, n) => `<loc>http://a/${n}</loc>`).join('');
  const { addresses, dropped } = await read(`<urlset>${all}</urlset>`);
  assert.deepEqual([addresses.length, dropped], [50_000, 3]);
});

for (const part of ['<loc>', '<loc ', '<!--', '<loc></loc', '<loc><![CDATA[']) {
  test(`a sitemap of nothing but "${part}" is read to its end`, async () => {
    assert.deepEqual((await read(`<urlset>${part.repeat(300_000)}`)).addresses, []);
  });
}

test('very many parts of one address that are never closed are read once', async () => {
  await read(`<urlset><loc>${'<![CDATA['.repeat(300_000)}</loc></urlset>`);
});
