import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ResponseHead, ResponseParser } from '../../../src/scrape/fetch/response-parser.js';

const PAGE = '<h1>page</h1>';
const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n';

interface Parsed {
  readonly head: ResponseHead | null;
  readonly body: string;
  /** It was whole when the connection was closed. */
  readonly isWhole: boolean;
}

/** In pieces of `size` bytes, so that lines and chunks are parted anywhere. */
function parse(answer: string, size = answer.length): Parsed {
  const heads: ResponseHead[] = [];
  let body = '';
  const parser = new ResponseParser({
    head: (head) => heads.push(head),
    data: (piece) => {
      body += piece.toString('latin1');
    },
    end: () => {},
  });
  for (let at = 0; at < answer.length; at += size) parser.write(Buffer.from(answer.slice(at, at + size), 'latin1'));
  const isWhole = parser.finish();
  assert.ok(heads.length <= 1);
  return { head: heads[0] ?? null, body, isWhole };
}

/** What Chromium shows the page for. */
const READ: readonly (readonly [says: string, answer: string])[] = [
  ['lines that end in LF alone', `HTTP/1.1 200 OK\nContent-Type: text/html\n\n${PAGE}`],
  ['lines that end in either', `HTTP/1.1 200 OK\r\nX: a\nContent-Type: text/html\n\r\n${PAGE}`],
  ['a folded line', `HTTP/1.1 200 OK\r\nContent-Type:\r\n\ttext/html\r\n\r\n${PAGE}`],
  ['a fold before any field', `HTTP/1.1 200 OK\r\n folded\r\nContent-Type: text/html\r\n\r\n${PAGE}`],
  ['a space before the colon', `HTTP/1.1 200 OK\r\nContent-Type : text/html\r\n\r\n${PAGE}`],
  ['a line that is no field', `${OK}PHP Notice: undefined in page.php on line 3\r\n\r\n${PAGE}`],
  ['a line without a colon', `${OK}Warning\r\n\r\n${PAGE}`],
  ['a field without a name', `${OK}: nothing\r\n\r\n${PAGE}`],
  ['control characters', `${OK}X: a\x01\x00b\r\n\r\n${PAGE}`],
  ['a length stated twice', `${OK}Content-Length: 13\r\nContent-Length: 13\r\n\r\n${PAGE}`],
  ['a list of one length', `${OK}Content-Length: 13, 13\r\n\r\n${PAGE}`],
  ['no length', `${OK}Content-Length:\r\n\r\n${PAGE}`],
  ['a negative length', `${OK}Content-Length: -1\r\n\r\n${PAGE}`],
  ['a length that is no number', `${OK}Content-Length: 13 bytes\r\n\r\n${PAGE}`],
  ['a length beside chunks', `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n${PAGE}\r\n0\r\n\r\n`],
  ['chunks said twice', `${OK}Transfer-Encoding: chunked, chunked\r\n\r\nd\r\n${PAGE}\r\n0\r\n\r\n`],
  ['chunks with LF alone', `${OK}Transfer-Encoding: chunked\r\n\r\nd\n${PAGE}\n0\n\n`],
  [
    'spaces and notes behind a size',
    `${OK}Transfer-Encoding: chunked\r\n\r\n00D  ;x="y"\r\n${PAGE}\r\n0\r\nX: y\r\n\r\n`,
  ],
  ['an uninvited 100', `HTTP/1.1 100 Continue\r\n\r\n${OK}\r\n${PAGE}`],
  ['early hints', `HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}\r\n${PAGE}`],
  ['an uninvited change of the protocol', `HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n${OK}\r\n${PAGE}`],
  ['no reason', `HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n${PAGE}`],
  ['no version', `HTTP 200 OK\r\nContent-Type: text/html\r\n\r\n${PAGE}`],
  ['no status', `HTTP/1.1\r\nContent-Type: text/html\r\n\r\n${PAGE}`],
  ['empty lines before it', `\r\n\r\n${OK}\r\n${PAGE}`],
];

for (const [says, answer] of READ) {
  test(`${says}: the answer is read as browsers read it`, () => {
    for (const size of [answer.length, 7, 1]) {
      const { head, body, isWhole } = parse(answer, size);
      assert.deepEqual([head?.status, body, isWhole], [200, PAGE, true]);
      assert.equal(head?.fields.first('content-type'), 'text/html');
    }
  });
}

test('what follows the stated length is no part of the body', () => {
  assert.equal(parse(`${OK}Content-Length: 13\r\n\r\n${PAGE}more`).body, PAGE);
});

test('a redirect has its bytes as they came', () => {
  const { head } = parse('HTTP/1.1 302 Found\nLocation: /\x8f\xa4\xa0\n\n');
  assert.deepEqual([head?.status, head?.fields.first('location')], [302, '/\x8f\xa4\xa0']);
});

test('a head that was cut counts as far as it came', () => {
  const { head, body } = parse('HTTP/1.1 200 OK\r\nX: y\r\nContent-Type: text/h');
  assert.deepEqual([head?.status, head?.fields.first('x'), body], [200, 'y', '']);
});

for (const [says, answer] of [
  ['by a length', `${OK}Content-Length: 100\r\n\r\n${PAGE}`],
  ['in a chunk', `${OK}Transfer-Encoding: chunked\r\n\r\nff\r\n${PAGE}`],
  ['before the last chunk', `${OK}Transfer-Encoding: chunked\r\n\r\nd\r\n${PAGE}\r\n`],
  ['before the last line', `${OK}Transfer-Encoding: chunked\r\n\r\nd\r\n${PAGE}\r\n0\r\n`],
] as const) {
  test(`a body that is cut ${says} is known as far as it came`, () => {
    const { body, isWhole } = parse(answer);
    assert.deepEqual([body, isWhole], [PAGE, false]);
  });
}

for (const [says, answer] of [
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['more than a little before the status line', `\r\n\r\n\n${OK}\r\n${PAGE}`],
  ['two lengths', `${OK}Content-Length: 13\r\nContent-Length: 5\r\n\r\n${PAGE}`],
  ['no chunks where chunks are stated', `${OK}Transfer-Encoding: chunked\r\n\r\n${PAGE}\r\n`],
  ['a size with a sign', `${OK}Transfer-Encoding: chunked\r\n\r\n+d\r\n${PAGE}\r\n0\r\n\r\n`],
  ['a chunk longer than its size', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n${PAGE}\r\n0\r\n\r\n`],
] as const) {
  test(`${says}: that is no answer`, () => assert.throws(() => parse(answer), { code: 'HPE_LENIENT' }));
}

test('headers without end are refused, and cost little to look through', () => {
  const parser = new ResponseParser({ head: () => {}, data: () => {}, end: () => {} });
  parser.write(Buffer.from('HTTP/1.1 200 OK\r\n'));
  const line = Buffer.from('a:\n'.repeat(100));
  const write = () => {
    for (let i = 0; i < 1000; i += 1) parser.write(line);
  };
  assert.throws(write, { code: 'UND_ERR_HEADERS_OVERFLOW' });
});
