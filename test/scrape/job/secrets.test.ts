import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../fetch/serve.js';
import { crawl } from './crawl.js';

const SECRETS = ['pa55word', 'k3y', 'c00kie', Buffer.from('me:pa55word').toString('base64')];

test('what a visitor gives for a site is sent there and stands nowhere else', async (t) => {
  const seen: string[] = [];
  const own = await serve(t, ({ headers, url }, response) => {
    const { authorization, cookie } = headers;
    seen.push([authorization, cookie, headers['x-key'], headers['accept-language']].join(' | '));
    if (url === '/2') response.writeHead(302, { location: `http://localhost:${own.port}/stranger` }).end();
    else if (url === '/stranger') response.end('<h1>stranger</h1>');
    else response.writeHead(url === '/3' ? 404 : 200).end(`<h1>${url}</h1>`);
  });
  const { run, rows, failures, stored } = await crawl(
    t,
    {
      urls: `http://me:pa55word@${own.host}/[1-3]`,
      headers: 'X-Key: k3y',
      cookies: 'sid=c00kie',
      language: 'ja',
    },
    { allowHosts: [own.host, `localhost:${own.port}`] },
  );
  const given = `Basic ${SECRETS.at(-1)} | sid=c00kie | k3y | ja`;
  assert.deepEqual(seen, [given, given, given, ' |  |  | ja']);
  assert.deepEqual(rows.map(({ title }) => title).sort(), ['/1', 'stranger']);
  assert.equal(failures.length, 1);
  for (const secret of SECRETS) assert.ok(!stored.includes(secret), `${secret} in ${stored}`);
  assert.equal(run.input['urls'], `http://${own.host}/[1-3]`);
});
