import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readSitemap } from '../../../src/scrape/read/sitemap.js';

const read = (content: string | Buffer) =>
  readSitemap({ url: 'http://a/dir/map', charset: 'utf-8', bytes: Buffer.from(content) });

const SITEMAPS = 'http://www.sitemaps.org/schemas/sitemap/0.9';

const LISTS: readonly (readonly [says: string, xml: string | Buffer, addresses: readonly string[]])[] = [
  [
    'a comment above names another root',
    `<!-- in <sitemapindex > --><urlset><url><loc>http://a/1</loc></url></urlset>`,
    ['http://a/1'],
  ],
  [
    'a document type stands above',
    `<!DOCTYPE urlset [<!ENTITY x "<loc>http://a/0</loc>">]><urlset><url><loc>http://a/1</loc></url></urlset>`,
    ['http://a/1'],
  ],
  [
    'a document type declares entities',
    `<!DOCTYPE u [<!ENTITY h "http://a"><!ENTITY d '&h;/d'>]><urlset><url><loc>&d;/1?a&amp;b</loc></url></urlset>`,
    ['http://a/d/1?a&b'],
  ],
  [
    'prefixes differ and mean the same',
    `<urlset xmlns="${SITEMAPS}" xmlns:s='${SITEMAPS}'><s:url><s:loc>http://a/1</s:loc></s:url><url><loc>/2</loc></url></urlset>`,
    ['http://a/1', 'http://a/2'],
  ],
  [
    'pictures have addresses, too',
    `<urlset xmlns="${SITEMAPS}" xmlns:i="x"><url><i:image><i:loc>/no</i:loc></i:image><loc>/1</loc></url></urlset>`,
    ['http://a/1'],
  ],
  ['capitals', '<URLSET><URL><LOC>http://a/1</LOC></URL></URLSET>', ['http://a/1']],
  [
    'character data in pieces',
    '<urlset><url><loc>\n<![CDATA[http://a/]]>1&#63;x&amp;y\n</loc></url></urlset>',
    ['http://a/1?x&y'],
  ],
  [
    'attributes with ends of tags in them',
    '<urlset a="></urlset>"><url><loc b=\'>\'>/1</loc></url></urlset>',
    ['http://a/1'],
  ],
  ['the end is missing', '<urlset><url><loc>http://a/1</loc></url><url><loc>http://a/2', ['http://a/1']],
  [
    'RSS 2.0',
    '<rss><channel><link>http://a/</link><item><link> /1 </link></item><item><guid>http://a/2</guid></item><item><guid isPermaLink="false">http://a/no</guid></item></channel></rss>',
    ['http://a/1', 'http://a/2'],
  ],
  [
    'RSS 1.0',
    '<rdf:RDF xmlns:rdf="r"><channel><link>http://a/</link></channel><item><link>http://a/1</link></item></rdf:RDF>',
    ['http://a/1'],
  ],
  [
    'Atom',
    '<feed xml:base="/b/"><link href="/self"/><entry><id>tag:x</id><link rel="self" href="/no"/><link href="1"/></entry><entry><link rel=\'alternate\' href="/2"/></entry></feed>',
    ['http://a/b/1', 'http://a/2'],
  ],
  ['plain text', '\ufeff# mine\nhttp://a/1\r\n\n http://a/2 \n', ['http://a/1', 'http://a/2']],
  ['gzip, and bytes behind it', Buffer.concat([gzipSync('http://a/1\n'), Buffer.from('\0\0trailing')]), ['http://a/1']],
  ['gzip in gzip', gzipSync(gzipSync('http://a/1\n')), ['http://a/1']],
  ['UTF-16', Buffer.from('\ufeff<urlset><url><loc>http://a/1</loc></url></urlset>', 'utf16le'), ['http://a/1']],
];

for (const [says, xml, addresses] of LISTS)
  test(`a sitemap: ${says}`, async () => assert.deepEqual((await read(xml)).addresses, addresses));

test('an index lists sitemaps', async () => {
  const { isIndex, addresses } = await read('<sitemapindex><sitemap><loc>/1.xml</loc></sitemap></sitemapindex>');
  assert.deepEqual([isIndex, addresses], [true, ['http://a/1.xml']]);
});

test('gzip whose end is missing is read as far as it goes', async () => {
  const xml = `<urlset>${Array.from({ length: 2000 }, (_, n) => `<url><loc>http://a/${n * 7919}</loc></url>`).join('')}`;
  const packed = gzipSync(xml);
  const { addresses, isCut } = await read(packed.subarray(0, packed.length / 2));
  assert.ok(isCut && addresses.length > 100, `${addresses.length}`);
});

test('what is no sitemap is said to be none', async () => {
  for (const text of ['<html><body>http://a/', 'prose', '', '<opml/>'])
    await assert.rejects(read(text), /neither a sitemap/);
});

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
