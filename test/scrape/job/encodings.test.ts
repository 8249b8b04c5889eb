import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodedQuery } from '../../../src/scrape/encoding/encode.js';
import { serve } from '../fetch/serve.js';
import { crawl } from './crawl.js';

/** What a page in each encoding says; Japanese ones can also be told without a declaration. */
const TEXTS: Readonly<Record<string, string>> = {
  shift_jis: '飛び石は日本庭園の踏み石です',
  'euc-jp': '飛び石は日本庭園の踏み石です',
  'iso-2022-jp': '飛び石は日本庭園の踏み石です',
  'windows-31j': '①Ⅳ㈱髙﨑の飛び石です',
  'euc-kr': '디딤돌은 정원에 있습니다',
  big5: '踏腳石在花園裡',
  gb18030: '踏脚石在花园里€',
  'windows-1250': 'Příliš žluťoučký kůň',
  'windows-1251': 'Камни в саду',
  'windows-1252': 'L’œuvre — “déjà vu” €',
  'windows-1253': 'Πέτρες στον κήπο',
  'windows-1254': 'Bahçedeki taşlar ığüşöç',
  'windows-1256': 'حجارة في الحديقة',
  'utf-8': '飛び石 é',
  'utf-16le': '飛び石 é',
  'utf-16be': '飛び石 é',
};

const DETECTABLE = ['shift_jis', 'euc-jp', 'iso-2022-jp', 'windows-31j', 'utf-8'];

/** Encoded by what the links are encoded by, which is tested against other sources. */
function bytesIn(label: string, text: string): Buffer {
  if (label === 'utf-8') return Buffer.from(text);
  if (label === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (label === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  // Spaces and the like would be percent-encoded, too.
  const query = encodedQuery(`?${text}`, new TextDecoder(label).encoding).slice(1);
  const latin1 = query.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}

const BOMS: Readonly<Record<string, string>> = { 'utf-8': '\ufeff', 'utf-16le': '\ufeff', 'utf-16be': '\ufeff' };

test('every encoding, declared, undeclared and contradicted', async (t) => {
  const cases: { path: string; type: string; body: Buffer; text: string }[] = [];
  const add = (label: string, how: string, type: string, body: Buffer) => {
    cases.push({ path: `/${label}/${how}`, type, body, text: TEXTS[label] ?? '' });
  };
  for (const [label, text] of Object.entries(TEXTS)) {
    const isWide = label.startsWith('utf-16');
    const page = (head = '') => bytesIn(label, `${head}<h1>${text}</h1>`);
    add(label, 'http', `text/html; charset=${label}`, page());
    // The header is right, the page itself says otherwise.
    add(label, 'http-against-meta', `text/html; charset="${label}"`, page('<meta charset=koi8-r>'));
    if (!isWide) add(label, 'meta', 'text/html', page(`<meta charset="${label}">`));
    if (!isWide) add(label, 'meta-late', 'text/html', page(`<!--${'x'.repeat(50_000)}--><meta charset=${label}>`));
    if (!isWide) add(label, 'xml', 'application/xhtml+xml', page(`<?xml version="1.0" encoding="${label}"?><html>`));
    if (DETECTABLE.includes(label)) add(label, 'undeclared', 'text/html', page());
    if (label in BOMS) add(label, 'bom-against-http', 'text/html; charset=euc-jp', page(BOMS[label]));
  }
  const { origin, host } = await serve(t, (request, response) => {
    const found = cases.find(({ path }) => path === request.url);
    response.setHeader('content-type', found?.type ?? 'text/plain').end(found?.body);
  });
  const urls = cases.map(({ path }) => origin + path).join('\n');
  const { rows } = await crawl(t, { urls }, { allowHosts: [host] });
  const read = new Map(rows.map(({ page, title }) => [String(page).slice(origin.length), title]));
  const wrong = cases.filter(({ path, text }) => read.get(path) !== text);
  t.diagnostic(`${cases.length - wrong.length} of ${cases.length} pages read right`);
  assert.deepEqual(
    wrong.map(({ path, text }) => [path, read.get(path), text]),
    [],
  );
});
