import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { serve } from '../fetch/serve.js';
import { crawl } from './crawl.js';

/** Pages for those who have the cookie; others are sent to get it. */
function wall(send: (request: IncomingMessage, response: ServerResponse) => void): RequestListener {
  return (request, response) => {
    if (/\bseen=1\b/.test(request.headers.cookie ?? '')) response.end(`<h1>${request.url}</h1>`);
    else send(request, response);
  };
}

async function titles(t: TestContext, handle: RequestListener, paths: readonly string[]) {
  const server = await serve(t, handle);
  const urls = paths.map((path) => server.origin + path).join('\n');
  const { rows, failures, run } = await crawl(t, { urls }, { allowHosts: [server.host] });
  assert.deepEqual([run.status, failures.map(({ failure }) => failure?.message)], ['done', []]);
  return { titles: rows.map(({ title }) => title), requests: server.requests.slice(1) };
}

const SET = { 'set-cookie': 'seen=1; Path=/' };

test('an address that sets a cookie and redirects to itself is read', async (t) => {
  const handle = wall((request, response) => response.writeHead(302, { ...SET, location: request.url }).end());
  const read = await titles(t, handle, ['/a', '/b']);
  assert.deepEqual(read.titles, ['/a', '/b']);
  assert.deepEqual(read.requests, ['/a', '/a', '/b'], 'the next page has the cookie already');
});

test('a page that sets a cookie and loads itself anew at once is read', async (t) => {
  const handle = wall((_, response) => response.writeHead(200, SET).end('<meta http-equiv=refresh content=0;url=/a>'));
  assert.deepEqual((await titles(t, handle, ['/a'])).titles, ['/a']);
});

test('pages that send everybody to one address for a cookie first are all read', async (t) => {
  const pages = wall((request, response) => response.writeHead(302, { location: `/check?back=${request.url}` }).end());
  const handle: RequestListener = (request, response) => {
    const back = /^\/check\?back=(.*)/.exec(request.url ?? '')?.[1];
    if (back === undefined) pages(request, response);
    else response.writeHead(302, { ...SET, location: back }).end();
  };
  assert.deepEqual((await titles(t, handle, ['/a', '/b', '/c'])).titles.sort(), ['/a', '/b', '/c']);
});

test('the address to come back to may be known by a cookie alone', async (t) => {
  const handle = wall((request, response) => {
    const back = /back=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (request.url !== '/check')
      response.writeHead(302, { location: '/check', 'set-cookie': `back=${request.url}; Path=/` }).end();
    else response.writeHead(302, { ...SET, location: back ?? '/nowhere' }).end();
  });
  assert.deepEqual((await titles(t, handle, ['/a', '/b'])).titles, ['/a', '/b']);
});

test('a page that many redirect to is still read once, with cookies or without', async (t) => {
  const handle: RequestListener = (request, response) => {
    if (request.url === '/home') response.writeHead(200, { 'set-cookie': 'id=1' }).end('<h1>home</h1>');
    else response.writeHead(301, { 'set-cookie': 'id=1', location: '/home' }).end();
  };
  const read = await titles(t, handle, ['/a', '/b', '/c', '/home']);
  assert.deepEqual(read.titles, ['home']);
});

test('sessions in addresses and cookies that never hold end with a word', async (t) => {
  let next = 0;
  const server = await serve(t, (request, response) => {
    next += 1;
    if (request.url?.startsWith('/cookie'))
      response.writeHead(302, { 'set-cookie': `s=${next}`, location: request.url }).end();
    else response.writeHead(302, { location: `/page;jsessionid=${next}?t=${next}` }).end();
  });
  const urls = `${server.origin}/page\n${server.origin}/cookie`;
  const { failures, rows } = await crawl(t, { urls }, { allowHosts: [server.host] });
  assert.deepEqual(rows, []);
  const codes = failures.map(({ failure }) => failure?.code);
  assert.deepEqual(codes, ['too-many-redirects', 'too-many-redirects']);
  assert.ok(server.requests.length <= 50, `${server.requests.length} requests`);
});
