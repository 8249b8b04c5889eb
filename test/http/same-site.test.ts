import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from '../pages/jobs.js';
import { startSite } from '../pages/site.js';

async function siteFor(t: TestContext, options: Parameters<typeof startSite>[1] = {}) {
  const site = await startSite([rows], options);
  t.after(() => site.close());
  return site;
}

/** As `fetch`, which would not send another `Host`. */
function ask(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.on('error', reject).end();
  });
}

test("another site's form is refused before there is a session", async (t) => {
  const { url } = await siteFor(t);
  for (const headers of [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site', Origin: url },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: `${url}0` },
  ] as Record<string, string>[]) {
    for (const path of ['/runs', '/jobs/rows/form?lang=ja', '/nothing']) {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ job: 'rows' }),
      });
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.deepEqual(answer.headers.getSetCookie(), [], 'no session');
      assert.match(await answer.text(), /another site sent this form|ほかのサイト/);
    }
  }
});

test('forms of our own pages are taken, also where a proxy rewrites the host name', async (t) => {
  const { url } = await siteFor(t, { allowedHosts: [] });
  const visitor = new Visitor(url);
  const token = /name="_csrf" value="([^"]+)"/.exec(await (await visitor.get('/jobs/rows')).text())?.[1] ?? '';
  const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
  for (const headers of [
    {},
    { Origin: url },
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: 'https://jobs.example.org', 'X-Forwarded-Host': 'jobs.example.org' },
  ] as Record<string, string>[]) {
    const body = new URLSearchParams({ job: 'rows', _csrf: token });
    const answer = await fetch(`${url}/runs`, {
      method: 'POST',
      headers: { ...headers, cookie },
      body,
      redirect: 'manual',
    });
    assert.equal(answer.status, 303, JSON.stringify(headers));
  }
});

test('a name that is not ours gets 421, but for the health check', async (t) => {
  const { url } = await siteFor(t, { allowedHosts: ['jobs.example.org', 'localhost:8080'] });
  assert.equal(await ask(`${url}/`, { Host: 'rebound.example' }), 421);
  assert.equal(await ask(`${url}/style.css`, { Host: 'rebound.example' }), 421);
  assert.equal(await ask(`${url}/`, { Host: 'localhost:80' }), 421);
  assert.equal(await ask(`${url}/healthz`, { Host: '10.0.0.7' }), 200);
  const madeUp = { Host: 'rebound.example', 'X-Forwarded-Host': 'jobs.example.org' };
  assert.equal(await ask(`${url}/`, madeUp), 421, 'what the page of another site made up, handed on by a proxy');
  for (const host of ['jobs.example.org', 'JOBS.example.org:443', 'localhost:8080']) {
    assert.equal(await ask(`${url}/`, { Host: host }), 200, host);
  }
});

test('a shared link begins with the address of the site, not with what was asked for', async (t) => {
  const { url } = await siteFor(t, { siteUrl: 'https://jobs.example.org' });
  const visitor = new Visitor(url);
  const path = await visitor.start('rows');
  await visitor.submit(`${path}/share`, `${path}/share`);
  assert.match(await (await visitor.get(`${path}/share`)).text(), /https:\/\/jobs\.example\.org\/shared\//);
});

test('the token of a form is another text on each page, and each of them counts', async (t) => {
  const { url } = await siteFor(t);
  const visitor = new Visitor(url);
  const tokenOf = async () =>
    /name="_csrf" value="([^"]+)"/.exec(await (await visitor.get('/jobs/rows')).text())?.[1] ?? '';
  const [first, second] = [await tokenOf(), await tokenOf()];
  assert.notEqual(first, second);
  for (const token of [first, second]) {
    assert.equal((await visitor.post('/runs', { job: 'rows', _csrf: token })).status, 303);
  }
  const other = new Visitor(url);
  await other.get('/jobs/rows');
  assert.equal((await other.post('/runs', { job: 'rows', _csrf: first })).status, 403);
});
