import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseCookies,
  parseFormFields,
  parseHeaders,
  parsePasswords,
  withoutPasswords,
} from '../../../src/scrape/fetch/visitor-secrets.js';

test('headers are read one a line; what a request cannot carry is a problem that repeats no secret', () => {
  const { headers, problems } = parseHeaders(
    'X-Key: a:b\n\nAuthorization : Bearer x\r\nX-Key: c\nno header\nHost: b.example\nX: 石\nUser-Agent: Chrome',
  );
  assert.deepEqual(headers, { 'x-key': 'a:b, c', authorization: 'Bearer x' });
  assert.deepEqual(
    problems.map(({ code, line }) => [code, line]),
    [
      ['bad-header', 5],
      ['header-reserved', 6],
      ['bad-header', 7],
      ['header-reserved', 8],
    ],
  );
  assert.ok(problems.every(({ message }) => !/no header|石|b\.example|Chrome/.test(message)));
});

test('cookies are read in each form in which people copy them', () => {
  const plain = (name: string, value: string) => ({ name, value, domain: null });
  assert.deepEqual(parseCookies('a=1; b=x=y;c="q"'), [plain('a', '1'), plain('b', 'x=y'), plain('c', '"q"')]);
  assert.deepEqual(parseCookies('Cookie: a=1; b=2'), [plain('a', '1'), plain('b', '2')]);
  const file =
    '# Netscape HTTP Cookie File\n.a.example\tTRUE\t/\tTRUE\t0\tsid\tx\n#HttpOnly_b.example\tFALSE\t/\tFALSE\t0\tt\ty';
  assert.deepEqual(parseCookies(file), [
    { name: 'sid', value: 'x', domain: 'a.example' },
    { name: 't', value: 'y', domain: 'b.example' },
  ]);
  const exported = '[{"name":"a","value":"1","domain":".a.example"},{"name":"b"},null]';
  assert.deepEqual(parseCookies(exported), [{ name: 'a', value: '1', domain: 'a.example' }]);
  assert.deepEqual(parseCookies('[not JSON'), []);
  assert.deepEqual(parseCookies(''), []);
});

test('passwords in addresses become what a browser sends', () => {
  const found = parsePasswords(
    'https://me:p%40ss@a.example/x\nhttp://only@b.example:8080\nhttps://c.example/\nnonsense',
  );
  assert.deepEqual(
    [...found],
    [
      ['https://a.example', `Basic ${btoa('me:p@ss')}`],
      ['http://b.example:8080', `Basic ${btoa('only:')}`],
    ],
  );
});

test('passwords are taken out of addresses, whatever stands around them', () => {
  const { text, passwords } = withoutPasswords(
    'http://a:b@x.example/[1-3]\tTitle, https://y.example/@me HTTP://c@z.example?u=p@q',
  );
  assert.equal(text, 'http://x.example/[1-3]\tTitle, https://y.example/@me HTTP://z.example?u=p@q');
  assert.deepEqual(passwords.split('\n'), ['http://a:b@x.example/', 'HTTP://c@z.example/']);
  assert.deepEqual(withoutPasswords('http://x.example/a@b'), { text: 'http://x.example/a@b', passwords: '' });
});

test('fields of a form may have anything for a value', () => {
  assert.deepEqual(
    [...parseFormFields('user=me\n password = a=b \nnothing\n=x')],
    [
      ['user', 'me'],
      ['password', ' a=b '],
    ],
  );
});
