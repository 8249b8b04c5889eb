import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../../src/scrape/fetch/header-fields.js';
import { mediaTypeOf, sniffedType } from '../../../src/scrape/fetch/media-type.js';

function fieldsOf(...values: string[]): HeaderFields {
  return new HeaderFields(values.map((value) => ['content-type', value]));
}

/** The cases of the Fetch standard (https://fetch.spec.whatwg.org/#example-extract-a-mime-type), and others. */
const STATED: readonly (readonly [values: string[], essence: string | null, charset: string | null])[] = [
  [[], null, null],
  [['text/plain;charset=gbk, text/html'], 'text/html', null],
  [['text/html;charset=gbk;a=b, text/html;x=y'], 'text/html', 'gbk'],
  [['text/html;charset=gbk;a=b', 'text/html;x=y'], 'text/html', 'gbk'],
  [['text/html;charset=gbk', 'x/x', 'text/html;x=y'], 'text/html', null],
  [['text/html', 'cannot-parse'], 'text/html', null],
  [['text/html', '*/*'], 'text/html', null],
  [['text/html', ''], 'text/html', null],
  [['text/plain', 'text/html; charset=EUC-JP'], 'text/html', 'EUC-JP'],
  [['TEXT/HTML;CHARSET="shift_jis"'], 'text/html', 'shift_jis'],
  [['text/html; foo="; charset=x"; charset=y'], 'text/html', 'y'],
  [['text/html; foo="; charset=x"'], 'text/html', null],
  [['text/html; foo="a,b"; charset=x'], 'text/html', 'x'],
  [['text/html; charset="a\\"b"'], 'text/html', 'a"b'],
  [['text/html; charset=a; charset=b'], 'text/html', 'a'],
  [['text/html; charset=; charset=b'], 'text/html', 'b'],
  [['text/html; charset'], 'text/html', null],
  [['text/html;; charset=  utf-8 '], 'text/html', '  utf-8'],
  [['text/html; charset = utf-8'], 'text/html', null],
  [['html'], null, null],
  [['text /html'], null, null],
  [['text/html/x'], null, null],
];

for (const [values, essence, charset] of STATED) {
  test(`Content-Type ${JSON.stringify(values)} is ${essence ?? 'none'}, ${charset ?? 'no charset'}`, () => {
    const type = mediaTypeOf(fieldsOf(...values));
    assert.deepEqual([type?.essence ?? null, type?.charset ?? null], [essence, charset]);
  });
}

const SNIFFED: readonly (readonly [value: string | null, body: string, essence: string])[] = [
  [null, '<h1>a\0b</h1>', 'text/html'],
  [null, 'a\0<h1>', 'application/octet-stream'],
  [null, '\n <!DOCTYPE html><p>', 'text/html'],
  [null, '<article>', 'text/html'],
  [null, '<!-- a --><p>', 'text/html'],
  [null, '\xef\xbb\xbf<p>', 'text/html'],
  [null, '\xff\xfe<\0p\0>\0', 'text/html'],
  [null, '<?xml version="1.0"?><urlset>', 'text/xml'],
  [null, '<rss version="2.0">', 'text/xml'],
  [null, '{"a":1}', 'application/json'],
  [null, 'just words', 'text/plain'],
  [null, '%PDF-1.4', 'application/octet-stream'],
  [null, 'GIF89a\x01\x00', 'application/octet-stream'],
  ['html', '<p>', 'text/html'],
  ['*/*', '<p>', 'text/html'],
  ['unknown/unknown', '<p>', 'text/html'],
  ['application/unknown; charset=gbk', '<p>', 'text/html'],
  ['text/plain', '<p>', 'text/plain'],
  ['text/plain', '\x89PNG\r\n\x1a\n\0', 'application/octet-stream'],
  ['text/plain; charset=UTF-8', '\0\0', 'application/octet-stream'],
  ['text/plain; charset=euc-jp', '\0\0', 'text/plain'],
  ['text/html', '<?xml version="1.0"?>\n<!-- a -->\n<rss version="2.0">', 'text/xml'],
  ['text/html', '<?xml version="1.0"?><html>', 'text/html'],
  ['image/png', '<p>', 'image/png'],
];

for (const [value, body, essence] of SNIFFED) {
  test(`${JSON.stringify(body)} of the type ${value} is ${essence}`, () => {
    const fields = value === null ? fieldsOf() : fieldsOf(value);
    assert.equal(sniffedType(mediaTypeOf(fields), fields, Buffer.from(body, 'latin1')).essence, essence);
  });
}

test('to pass over very many spaces takes no time', () => {
  const spaces = ' '.repeat(200_000);
  const from = process.cpuUsage();
  const type = mediaTypeOf(fieldsOf(`text/html;${spaces}a;${spaces}charset=gbk${spaces}`));
  assert.deepEqual(type, { essence: 'text/html', charset: 'gbk' });
  assert.equal(mediaTypeOf(fieldsOf(`text${spaces}/html`)), null);
  // Each space tried as the first of those at the end: half a minute.
  assert.ok(process.cpuUsage(from).user < 2_000_000);
});
