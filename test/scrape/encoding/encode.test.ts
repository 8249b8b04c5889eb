import assert from 'node:assert/strict';
import { test } from 'node:test';
import encodings from 'encoding-japanese';

import { encodedQuery } from '../../../src/scrape/encoding/encode.js';
import { textIn } from '../../../src/scrape/encoding/text-in.js';
import { resolve } from '../../../src/scrape/read/address.js';

/** By the URL standard, so as browsers do: https://url.spec.whatwg.org/#query-state */
const QUERIES: readonly (readonly [encoding: string, address: string, expected: string])[] = [
  ['utf-8', '/é?é#é', '/%C3%A9?%C3%A9#%C3%A9'],
  ['windows-1252', '/é?é#é', '/%C3%A9?%E9#%C3%A9'],
  ['windows-1252', '?€“x”', '?%80%93x%94'],
  ['windows-1252', '?飛', '?%26%2339131%3B'],
  ['windows-1251', '?Привет', '?%CF%F0%E8%E2%E5%F2'],
  ['shift_jis', '?飛び石', '?%94%F2%82%D1%90%CE'],
  ['shift_jis', '?ｱ①−¥纊', '?%B1%87@%81|\\%FA\\'],
  ['euc-jp', '?飛び石', '?%C8%F4%A4%D3%C0%D0'],
  ['euc-jp', '?ｱ', '?%8E%B1'],
  ['iso-2022-jp', '?a飛び石b', '?a%1B$BHt$S@P%1B(Bb'],
  ['iso-2022-jp', '?飛ｱ', '?%1B$BHt%%22%1B(B'],
  ['euc-kr', '?한국', '?%C7%D1%B1%B9'],
  ['euc-kr', '?똠', '?%8Cc'],
  // By the standard those of Hong Kong are read, but not written.
  ['big5', '?咗', '?%26%2321655%3B'],
  ['big5', '?漢字十', '?%BA~%A6r%A4Q'],
  ['gbk', '?汉字€', '?%BA%BA%D7%D6%80'],
  ['gbk', '?︐', '?%A6%D9'],
  ['gb18030', '?汉字€', '?%BA%BA%D7%D6%A2%E3'],
  ['gb18030', '?ɐ', '?%810%AB7'],
  ['gb18030', '?\u{20000}\ue5e5', '?%952%826%26%2358853%3B'],
  ['gbk', '?\u{20000}', '?%26%23131072%3B'],
  ['iso-2022-jp', '?¥a‾', '?%1B(J\\a~%1B(B'],
  ['iso-2022-jp', '?飛\u{1f600}', '?%1B$BHt%1B(B%26%23128512%3B'],
  ['iso-8859-16', '?Ș€', '?%AA%A4'],
  ['x-user-defined', '?\uf780', '?%80'],
  ['utf-16le', '?é', '?%C3%A9'],
];

for (const [encoding, address, expected] of QUERIES) {
  test(`${address} on a page in ${encoding}`, () => {
    const url = resolve(address, 'http://a.example/', encoding);
    assert.equal(url?.href, new URL(expected, 'http://a.example/').href);
  });
}

for (const encoding of ['shift_jis', 'euc-jp', 'euc-kr', 'big5', 'gbk', 'gb18030', 'windows-1253', 'koi8-r']) {
  test(`what ${encoding} decodes, it encodes to something that decodes to the same`, () => {
    const characters = new Set<string>();
    for (let lead = encoding === 'big5' ? 0xa1 : 0x81; lead <= 0xfe; lead += 1) {
      for (const trail of [0x41, 0x5a, 0x7d, 0xa1, 0xb7, 0xef, 0xfe]) {
        const text = textIn(encoding, Uint8Array.from([lead, trail]));
        for (const character of text) {
          if (character >= '\x80' && !/[\ufffd\ue000-\uf8ff]/.test(character)) characters.add(character);
        }
      }
    }
    assert.ok(characters.size > 60, `${characters.size} characters`);
    for (const character of characters) {
      const query = encodedQuery(`?${character}`, encoding).slice(1);
      const bytes = Buffer.from(
        query.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      );
      assert.equal(textIn(encoding, bytes), character, query);
    }
  });
}

test('Japanese encodings agree with encoding-japanese', () => {
  const text = '飛び石は日本庭園の踏み石。アイウ、漢字①';
  for (const [encoding, to] of [
    ['shift_jis', 'SJIS'],
    ['euc-jp', 'EUCJP'],
  ] as const) {
    const bytes = encodings.convert(encodings.stringToCode(text), { to, from: 'UNICODE' });
    const query = encodedQuery(`?${text}`, encoding).slice(1);
    const ours = Buffer.from(
      query.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    );
    assert.deepEqual([...ours], bytes);
  }
});

test('spaces around an address are left out, and very many inside do no harm', () => {
  assert.equal(encodedQuery('  /a?石  ', 'shift_jis'), '/a?%90%CE');
  const many = `?a${' '.repeat(300_000)}石`;
  assert.ok(encodedQuery(many, 'shift_jis').endsWith('%20%90%CE'));
});
