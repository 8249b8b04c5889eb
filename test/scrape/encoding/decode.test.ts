import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import encodings from 'encoding-japanese';
import { type DecodeHints, decode, knownEncoding, type Why } from '../../../src/scrape/encoding/decode.js';
import { textIn } from '../../../src/scrape/encoding/text-in.js';

const JAPANESE = '<title>飛び石</title><p>日本庭園の「飛び石」は、歩くための石です。カタカナもあります。</p>';

/** A page in a Japanese encoding. */
function japanese(to: 'SJIS' | 'EUCJP' | 'JIS' | 'UTF8', text = JAPANESE): Buffer {
  return Buffer.from(encodings.convert(encodings.stringToCode(text), { to, from: 'UNICODE' }));
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function meta(charset: string): Buffer {
  return latin1(`<!doctype html><meta charset="${charset}">`);
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

const UNDECLARED: readonly (readonly [bytes: Buffer, encoding: string, why: Why])[] = [
  [japanese('SJIS'), 'shift_jis', 'detected'],
  [japanese('EUCJP'), 'euc-jp', 'detected'],
  [japanese('JIS'), 'iso-2022-jp', 'detected'],
  [japanese('UTF8'), 'utf-8', 'valid-utf-8'],
];

for (const [bytes, encoding, why] of UNDECLARED) {
  test(`undeclared ${encoding} is found`, () => {
    assert.deepEqual(decode(bytes), { text: JAPANESE, encoding, why });
  });

  test(`undeclared ${encoding} is found after much ASCII`, () => {
    const decoded = decode(Buffer.concat([Buffer.alloc(50_000, 'a '), bytes]));
    assert.deepEqual([decoded.encoding, decoded.text.endsWith(JAPANESE)], [encoding, true]);
  });

  test(`${encoding} declared by HTTP is read so`, () => {
    assert.deepEqual(decode(bytes, { charset: encoding }), { text: JAPANESE, encoding, why: 'http' });
  });

  test(`${encoding} declared in the page is read so`, () => {
    const decoded = decode(Buffer.concat([meta(encoding), bytes]));
    assert.deepEqual([decoded.why, decoded.text.endsWith(JAPANESE)], ['meta', true]);
  });

  test(`an override to ${encoding} beats everything`, () => {
    const decoded = decode(Buffer.concat([meta('big5'), bytes]), { charset: 'gbk', override: encoding });
    assert.deepEqual([decoded.why, decoded.text.endsWith(JAPANESE)], ['override', true]);
  });
}

for (const to of ['SJIS', 'EUCJP', 'UTF8'] as const) {
  test(`one stray byte does not hide undeclared ${to}`, () => {
    const text = JAPANESE.repeat(5);
    const decoded = decode(Buffer.concat([japanese(to, text), Buffer.from([0xff]), japanese(to, text)]));
    assert.ok(decoded.text.startsWith(text), decoded.encoding);
  });
}

test('kanji alone are found', () => {
  assert.equal(decode(japanese('SJIS', '<title>東京都新宿区</title>')).encoding, 'shift_jis');
  assert.equal(decode(japanese('EUCJP', '<title>東京都新宿区</title>')).encoding, 'euc-jp');
});

test('European text is not taken for Japanese', () => {
  for (const text of ['Il a été détecté à Besançon', 'Größe und Übermaß', 'El niño comió piñones', 'français']) {
    assert.deepEqual(decode(latin1(text)), { text, encoding: 'windows-1252', why: 'fallback' });
  }
});

/** Written without a declaration. Chromium finds the same, but takes some Czech in iso-8859-2 for windows-1250. */
const GUESSED: readonly (readonly [encoding: string, bytes: string, text: string])[] = [
  ['gbk', 'bbb6d3add0c2c0cfbfcdbba7c7b0c0b4c7a2ccb8d2b5cef1a3acbcdbb8f1d3c5bbdd', '欢迎新老客户前来洽谈业务，价格优惠'],
  ['gbk', 'd6d0b9fa', '中国'],
  ['euc-kr', 'b0a1b0ddc0ba20bef3b8b6c0d4b4cfb1ee', '가격은 얼마입니까'],
  ['euc-kr', 'c7d1b1b9bedeb7ce', '한국앵로'],
  ['big5', 'bdd0a7daadccaabab2a3ab7ebbf9aee6abdcab4ba979', '請我們的產品價格很便宜'],
  ['windows-1251', 'cff0e8e2e5f22c20eae0ea20e4e5ebe0', 'Привет, как дела'],
  ['koi8-r', 'f0d2c9d7c5d42c20cbc1cb20c4c5ccc1', 'Привет, как дела'],
  ['windows-1253', 'cae1ebe7ecddf1e120eafcf3ece5', 'Καλημέρα κόσμε'],
  ['windows-1255', 'f9ece5ed20f2e5eced20eee420f9ece5eeea', 'שלום עולם מה שלומך'],
  ['windows-874', 'cac7d1cab4d5aad2c7e2c5a1', 'สวัสดีชาวโลก'],
  ['iso-8859-5', 'c1ead5e8ec20d6d520d5e9f120ede2d8e520dcefd3dad8e5', 'Съешь же ещё этих мягких'],
  ['ibm866', '91eaa5e8ec20a6a520a5e9f120ede2a8e520acefa3aaa8e5', 'Съешь же ещё этих мягких'],
  ['koi8-u', 'f6c5c2d2c1cbd5c0d4d820c6a6cccfd3cfc6c92c20a7d6c1cb', 'Жебракують філософи, їжак'],
  ['iso-8859-6', 'e6d520cde3eae520e4e720d3d120e2c7d7d9', 'نص حكيم له سر قاطع'],
  ['windows-1250', '5a61bff3b3e62067ea9c6cb9206a619ff1', 'Zażółć gęślą jaźń'],
  ['iso-8859-2', '5a61bff3b3e62067eab66cb1206a61bcf1', 'Zażółć gęślą jaźń'],
  ['windows-1250', '50f8ed6c699a209e6c759d6f75e86bfd206bf9f2', 'Příliš žluťoučký kůň'],
  ['windows-1250', 'c17276ed7a74fb72f52074fc6bf67266fa72f367e970', 'Árvíztűrő tükörfúrógép'],
  [
    'windows-1254',
    '6861737461207961f0fd7a20fe6f66f6726520e761627563616b20fdf064fd72',
    'hasta yağız şoföre çabucak ığdır',
  ],
  ['windows-1257', '476ce2fef0edfbf2612072fbedeef06920647ae772756de2', 'Glāžšķūņa rūķīši dzērumā'],
];

for (const [encoding, bytes, text] of GUESSED) {
  test(`undeclared ${encoding} is found: ${text}`, () => {
    const page = Buffer.concat([latin1('<html><title>x</title><h1>'), Buffer.from(bytes, 'hex'), latin1('</h1>')]);
    const decoded = decode(page);
    assert.deepEqual([decoded.encoding, decoded.why], [encoding, 'detected']);
    assert.ok(decoded.text.includes(text), decoded.text);
  });
}

/** Of these some letters would be others' in an encoding of Windows, but not all of a text. */
const WESTERN = [
  "C'est à l'été que l'élève répète où ça déçoit, naïve Noël",
  'Törkylempijävongahdus, hyvää päivää äiti',
  'Kæmi ný öxi hér, ykist þjófum nú bæði víl og ádrepa',
  'El niño comió 10 m³, ¿cómo está? ±5°; Luís argüia à Júlia que «brações»',
  'Zimmer 20 m², 30 m³, 40 m³: größer, ½ ¾',
];

for (const text of WESTERN) {
  test(`undeclared windows-1252 stays it: ${text}`, () => {
    assert.deepEqual(decode(latin1(text)), { text, encoding: 'windows-1252', why: 'fallback' });
  });
}

test('a declaration that cannot be one is passed over, as by browsers', () => {
  const head = latin1('<meta httpequiv="ContentType" content="text/html; charset=gbk" />');
  assert.equal(decode(Buffer.concat([head, japanese('SJIS')])).encoding, 'shift_jis');
});

const ELSEWHERE: readonly (readonly [label: string, bytes: readonly number[], text: string])[] = [
  ['windows-31j', [0x87, 0x40, 0x81, 0x60, 0xfb, 0xfc], '①～髙'],
  ['x-sjis', [0x82, 0xa0], 'あ'],
  ['euc-kr', [0xc7, 0xd1, 0xb1, 0xdb], '한글'],
  ['ks_c_5601-1987', [0xc7, 0xd1], '한'],
  ['euc-kr', [0x8c, 0x63, 0xb9, 0xe6, 0xb0, 0xa2, 0xc7, 0xcf, 0x98, 0xde], '똠방각하샾'],
  ['big5', [0xa4, 0xa4, 0xa4, 0xe5], '中文'],
  ['big5-hkscs', [0x9d, 0xf7, 0x9d, 0xf6, 0x91, 0xc1, 0x9d, 0xcf, 0x88, 0x62], '咗喺嚟嘢\xca\u0304'],
  ['gb2312', [0xd6, 0xd0, 0xce, 0xc4], '中文'],
  ['gbk', [0xa2, 0xe3, 0x80, 0xa6, 0xd9], '€€\ufe10'],
  ['gb18030', [0xd6, 0xd0, 0x82, 0x35, 0x8f, 0x33], '中\u9fa6'],
  ['windows-1250', [0xe8, 0x80], 'č€'],
  ['windows-1251', [0xcf, 0xf0], 'Пр'],
  ['koi8-r', [0xf0, 0xd2], 'Пр'],
  ['windows-1252', [0x80, 0x93, 0xe9, 0x94], '€“é”'],
  ['iso-8859-1', [0x93, 0xe9, 0x94], '“é”'],
  ['iso-8859-16', [0xa4, 0xaa, 0xba], '€Șș'],
  ['koi8-u', [0xae, 0xbe, 0xa4], 'ўЎє'],
  ['windows-1253', [0xaa, 0xe1], '\ufffdα'],
  ['windows-1255', [0xca, 0xf9], '\u05baש'],
  ['shift_jis', [0x81, 0xad, 0x41], '\ufffdA'],
  ['shift_jis', [0xa1, 0x7f], '｡\x7f'],
  ['shift_jis', [0xa1, 0x1a], '｡\x1a'],
  ['ibm866', [0x1a, 0x1c, 0x80], '\x1a\x1cА'],
  // The end of a line does not end what an escape sequence began.
  ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x24, 0x22, 0x0a, 0x24, 0x22, 0x1b, 0x28, 0x42], 'あ\ufffdあ'],
  ['shift_jis', [0xf0, 0x40], '\ue000'],
  ['euc-jp', [0x8f, 0xa2, 0xaf, 0x8f, 0xb0, 0xa1], '˘丂'],
  ['euc-jp', [0x8f, 0xf3, 0xa1], '\ufffd'],
  ['euc-jp', [0x8e, 0xb1, 0x8e, 0xe0, 0x41], 'ｱ\ufffdA'],
  ['gb18030', [0xa6, 0xd9, 0x90, 0x30, 0x81, 0x30, 0xa2, 0xab], '︐\u{10000}\ue766'],
];

test('x-user-defined is what HTTP says, and windows-1252 where a page says so', () => {
  const bytes = latin1('\x80\xe9');
  assert.equal(decode(bytes, { charset: 'x-user-defined' }).text, '\uf780\uf7e9');
  assert.equal(decode(Buffer.concat([meta('x-user-defined'), bytes])).text.slice(-2), '€é');
});

for (const [label, bytes, text] of ELSEWHERE) {
  test(`${label} is read as browsers read it`, () => {
    assert.equal(decode(Uint8Array.from(bytes), { charset: label }).text, text);
    assert.ok(decode(Buffer.concat([meta(label), Uint8Array.from(bytes)])).text.endsWith(text));
  });
}

/** Of what Chromium reads, but for four letters of Big5 that it gets wrong; Python's cp949 is the same as the first. */
const ALL_PAIRS: readonly (readonly [encoding: string, characters: number, sha256: string])[] = [
  ['euc-kr', 17_048, 'd630c8add3dc5057974fa01a7adc3b90ce3ca6b99530228a455a7a29602456fa'],
  ['big5', 18_594, 'a480b91e471b817b025c728b1fd500f54f6b2ae5545136fab4d853d7e428f78f'],
];

for (const [encoding, characters, sha256] of ALL_PAIRS) {
  test(`all two bytes of ${encoding} are read as browsers read them`, () => {
    const pairs = Array.from({ length: 126 * 191 }, (_, i) => [0x81 + Math.floor(i / 191), 0x40 + (i % 191), 0x0a]);
    const texts = textIn(encoding, Uint8Array.from(pairs.flat()));
    assert.equal(texts.split('\n').filter((text) => text !== '' && !text.includes('\ufffd')).length, characters);
    assert.equal(createHash('sha256').update(texts).digest('hex'), sha256);
  });
}

test('a broken character takes no ASCII with it', () => {
  for (const encoding of ['euc-kr', 'big5', 'gbk', 'gb18030', 'shift_jis', 'euc-jp']) {
    for (let lead = 0x80; lead <= 0xff; lead += 1) {
      for (const after of '<>&"\'') {
        const text = textIn(encoding, Uint8Array.from([lead, after.charCodeAt(0), 0x0a]));
        assert.ok(text.endsWith(`${after}\n`), `${encoding}: ${lead} ${after}`);
      }
    }
  }
  assert.equal(textIn('euc-kr', Uint8Array.from([0xc9, 0xa1, 0x41, 0xff, 0x41, 0x81])), '\ufffdA\ufffdA\ufffd');
});

const MARKED: readonly (readonly [encoding: string, bytes: Buffer])[] = [
  ['utf-8', Buffer.from(`\ufeff${JAPANESE}`)],
  ['utf-16le', Buffer.from(`\ufeff${JAPANESE}`, 'utf16le')],
  ['utf-16be', utf16be(`\ufeff${JAPANESE}`)],
];

for (const [encoding, bytes] of MARKED) {
  test(`the byte order mark of ${encoding} beats the header, and is no text`, () => {
    assert.deepEqual(decode(bytes, { charset: 'shift_jis' }), { text: JAPANESE, encoding, why: 'bom' });
  });
}

const CONTRADICTING: readonly (readonly [
  says: string,
  page: string,
  hints: DecodeHints,
  encoding: string,
  why: Why,
])[] = [
  ['the header beats the page', '<meta charset=big5>', { charset: 'euc-jp' }, 'euc-jp', 'http'],
  ['an unknown header is none', '<meta charset=big5>', { charset: 'klingon' }, 'big5', 'meta'],
  ['an unknown override is none', '<meta charset=big5>', { override: 'klingon' }, 'big5', 'meta'],
  ['an unknown meta is none', '<meta charset=klingon><meta charset=big5>', {}, 'big5', 'meta'],
  ['a comment declares nothing', '<!-- <meta charset=big5> --><p>', {}, 'utf-8', 'valid-utf-8'],
  ['a comment without end hides the rest', '<!-- <meta charset=big5>', {}, 'utf-8', 'valid-utf-8'],
  ['UTF-16 that reads as ASCII is UTF-8', '<meta charset=utf-16>', {}, 'utf-8', 'meta'],
  ['a page beats its XML declaration', '<?xml encoding="utf-8"?><meta charset=big5>', {}, 'big5', 'meta'],
  ['in XML there is no meta', '<?xml encoding="euc-jp"?><meta charset="big5"/>', { isXml: true }, 'euc-jp', 'xml'],
  ['an XML declaration counts', '<?xml version="1.0" encoding="Shift_JIS"?><a/>', {}, 'shift_jis', 'xml'],
  ['http-equiv counts', "<META content='text/html; charset=EUC-JP' HTTP-EQUIV=Content-Type>", {}, 'euc-jp', 'meta'],
  ['a description is no declaration', '<meta name=description content="charset=big5">', {}, 'utf-8', 'valid-utf-8'],
  ['a declaration without quotes counts', '<meta charset=shift_jis/>', {}, 'shift_jis', 'meta'],
  ['a declaration counts within 64 KB', `${' '.repeat(65_000)}<meta charset=big5>`, {}, 'big5', 'meta'],
  ['a declaration counts no later', `${' '.repeat(66_000)}<meta charset=big5>`, {}, 'utf-8', 'valid-utf-8'],
];

for (const [says, page, hints, encoding, why] of CONTRADICTING) {
  test(says, () => {
    const decoded = decode(latin1(page), hints);
    assert.deepEqual([decoded.encoding, decoded.why], [encoding, why]);
  });
}

test('UTF-16 without a mark is known by its XML declaration', () => {
  const text = '<?xml version="1.0"?><a>石</a>';
  assert.equal(decode(Buffer.from(text, 'utf16le')).text, text);
  assert.equal(decode(utf16be(text)).text, text);
});

test('nothing at all is empty UTF-8', () => {
  assert.deepEqual(decode(new Uint8Array()), { text: '', encoding: 'utf-8', why: 'valid-utf-8' });
});

test('a hostile head is looked through quickly', () => {
  for (const piece of ['<meta "', "<meta '", '<!--', '<meta ', '<meta charset=', '<?xml ']) {
    decode(latin1(piece.repeat(16_000)));
  }
});

test('encodings are known by what else they are called', () => {
  for (const label of ['cp932', 'CP932', ' ｓｈｉｆｔ＿ｊｉｓ ', 'windows-31j'])
    assert.equal(knownEncoding(label), 'shift_jis');
  assert.equal(knownEncoding('cp949'), 'euc-kr');
  assert.equal(knownEncoding('constructor'), null);
});
