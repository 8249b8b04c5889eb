import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownEncoding } from '../../../src/scrape/encoding/decode.js';
import { prescan, xmlEncoding } from '../../../src/scrape/encoding/prescan.js';

/** What the HTML standard makes of them, and Chromium shows but for a doubled attribute, of which it takes the last. */
const PAGES: readonly (readonly [page: string, encoding: string | null])[] = [
  ['<!--><meta charset=big5>', 'big5'],
  ['<!---><meta charset=big5>', 'big5'],
  ['<!-- <meta charset=euc-jp> --><meta charset=big5>', 'big5'],
  ['<!-- > <meta charset=euc-jp>', null],
  ['<a title="<meta charset=euc-jp>"><meta charset=big5>', 'big5'],
  ["<a title='<meta charset=euc-jp>'><meta charset=big5>", 'big5'],
  ['<a title=<meta charset=euc-jp><meta charset=big5>', 'big5'],
  ['</p a="<meta charset=euc-jp>"><meta charset=big5>', 'big5'],
  ['<!doctype "<meta charset=euc-jp>', null],
  ['<?php <meta charset=euc-jp>', null],
  ['<script>"<meta charset=euc-jp>"</script><meta charset=big5>', 'big5'],
  ['<title><meta charset=euc-jp></title><meta charset=big5>', 'big5'],
  ['<iframe><meta charset=euc-jp></iframe><meta charset=big5>', 'big5'],
  ['<noscript><meta charset=euc-jp></noscript><meta charset=big5>', 'euc-jp'],
  ['<p>1 < 2<meta charset=big5>', 'big5'],
  ['<metal charset=big5>', null],
  ['<meta/charset=big5>', 'big5'],
  ['<META\rCHARSET\n=\tBIG5>', 'big5'],
  ['<meta charset=" big5 ">', 'big5'],
  ['<meta charset=big5 charset=euc-jp>', 'big5'],
  ['<meta charset=nonsense><meta charset=big5>', 'big5'],
  ['<meta charset=nonsense http-equiv=content-type content="charset=euc-jp">', null],
  ['<meta http-equiv=content-type content="charset=euc-jp" charset=big5>', 'big5'],
  ['<meta http-equiv=content-type http-equiv=x content="charset=big5">', 'big5'],
  ['<meta http-equiv=x http-equiv=content-type content="charset=big5">', null],
  ['<meta content="text/html; charset = big5;x" http-equiv=Content-Type>', 'big5'],
  [`<meta content="charset='big5'" http-equiv=Content-Type>`, 'big5'],
  [`<meta content="charset='big5" http-equiv=Content-Type>`, null],
  ['<meta content="charsetcharset=big5" http-equiv=Content-Type>', 'big5'],
  ['<meta content="charset=big5">', null],
  ['<meta charset=utf-16be>', 'utf-8'],
  ['<meta charset=x-user-defined>', 'windows-1252'],
  ['<meta charset="big5', null],
];

for (const [page, encoding] of PAGES) {
  test(`${JSON.stringify(page)} says ${encoding}`, () => assert.equal(prescan(page, knownEncoding), encoding));
}

for (const [head, encoding] of [
  ['<?xml version="1.0" encoding="big5"?>', 'big5'],
  ["<?xml encoding = 'big5' ?>", 'big5'],
  ['<?xml version="1.0"?><a encoding="big5"/>', null],
  ['<?xml encoding="utf-16"?>', 'utf-8'],
  ['<\0?\0x\0m\0', 'utf-16le'],
  ['\0<\0?\0x\0m', 'utf-16be'],
  ['<a/>', null],
] as const) {
  test(`the declaration in ${JSON.stringify(head)} says ${encoding}`, () =>
    assert.equal(xmlEncoding(head, knownEncoding), encoding));
}

test('hostile heads are looked through once', () => {
  for (const piece of [
    '<a ',
    '<a b="',
    "<meta '",
    '<meta charset=',
    '<meta charset = ',
    '<!--',
    '<script>',
    '<',
    '</',
  ]) {
    assert.equal(prescan(piece.repeat(20_000), knownEncoding), null, piece);
  }
});
