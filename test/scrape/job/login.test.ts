import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { serve } from '../fetch/serve.js';
import { crawl } from './crawl.js';

const FORM =
  '<form method=post action=/session><input type=hidden name=token value=t1><input name=user><input type=password name=pass></form>';

/** Members' pages; a login lasts for `lasts` of them. `log`: what was sent to the form. */
function members(log: string[], lasts = Infinity): RequestListener {
  let left = 0;
  return async (request, response) => {
    if (request.url === '/login') return void response.writeHead(200, { 'set-cookie': 'pre=1; Path=/' }).end(FORM);
    if (request.url === '/session') {
      let body = '';
      for await (const chunk of request) body += chunk;
      log.push(`${request.method} ${body} ${request.headers.cookie}`);
      left = body.includes('pass=right') ? lasts : 0;
      return void response
        .writeHead(302, { 'set-cookie': `sid=${log.length}; Path=/`, location: left > 0 ? '/' : '/login' })
        .end();
    }
    const isMember = left > 0 && /sid=/.test(request.headers.cookie ?? '');
    left -= 1;
    if (isMember) response.end(`<h1>${request.url}</h1>`);
    else response.writeHead(302, { location: '/login' }).end();
  };
}

async function read(t: TestContext, log: string[], lasts: number, fields: string) {
  const server = await serve(t, members(log, lasts));
  const typed = { urls: `${server.origin}/[1-4]`, login: `${server.origin}/login`, loginFields: fields };
  const { rows, failures } = await crawl(t, typed, { allowHosts: [server.host] });
  return { titles: rows.map(({ title }) => title), failures };
}

test('a run logs in once, before its first page', async (t) => {
  const log: string[] = [];
  const { titles, failures } = await read(t, log, Infinity, 'user=me\npass=right');
  assert.deepEqual([titles, failures], [['/1', '/2', '/3', '/4'], []]);
  assert.deepEqual(log, ['POST token=t1&user=me&pass=right pre=1']);
});

test('a login that does not work is tried once, and every page says so without what was typed', async (t) => {
  const log: string[] = [];
  const { titles, failures } = await read(t, log, Infinity, 'user=me\npass=wrong');
  assert.deepEqual(titles, []);
  assert.equal(log.length, 1);
  assert.deepEqual(
    failures.map(({ failure }) => failure?.code),
    Array(4).fill('login-failed'),
  );
  assert.doesNotMatch(JSON.stringify(failures), /wrong|"me"/);
});

test('a login that is lost at once is not tried again and again', async (t) => {
  const log: string[] = [];
  const { titles, failures } = await read(t, log, 2, 'user=me\npass=right');
  // One of the two is the page that the form leads to.
  assert.deepEqual(titles, ['/1']);
  assert.equal(log.length, 1);
  assert.deepEqual(
    failures.map(({ failure }) => failure?.code),
    Array(3).fill('login-failed'),
  );
});
