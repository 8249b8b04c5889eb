import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SessionData } from 'express-session';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { polite, rows, slow } from './jobs.js';
import { type Site, startSite } from './site.js';

let site: Site;
before(async () => {
  site = await startSite([rows, slow, polite]);
});
after(() => site.close());

/** A run of one step a page: each step takes longer than the time after which no other one starts. */
async function startSlow(visitor: Visitor): Promise<string> {
  return visitor.start('slow', { ms: '20' });
}

test('starting answers 303 with the run header, and showing executes nothing', async () => {
  const visitor = new Visitor(site.url);
  const response = await visitor.submit('/jobs/rows', '/runs', { job: 'rows', count: '3' });
  assert.equal(response.status, 303);
  assert.deepEqual(runHeader(response), { status: 'running', seq: 0, total: 3 });
  const path = response.headers.get('location') ?? '';
  assert.match(path, /^\/runs\/[\w-]{22}$/);
  for (let i = 0; i < 2; i += 1) {
    const shown = await visitor.get(path);
    assert.equal(shown.status, 200);
    assert.equal(runHeader(shown).seq, 0);
    assert.equal(shown.headers.get('cache-control'), 'no-store');
  }
});

test('a running page carries its marks, the form, the script of the nonce and the refresh', async () => {
  const visitor = new Visitor(site.url);
  const path = await startSlow(visitor);
  const response = await visitor.get(`${path}?seq=0`);
  const html = await response.text();
  assert.match(html, /<main id="run"[^>]* data-status="running" data-seq="1" data-total="3">/);
  assert.match(html, /<output id="seq"[^>]*>1<\/output>/);
  assert.match(html, /<title>1\/3 · slow/);
  const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1];
  assert.ok(nonce);
  const form = new RegExp(
    String.raw`<form id="next" method="get" action="${path}">\s*<input type="hidden" name="seq" value="1">[\s\S]*?` +
      String.raw`<label for="button">Please do not press this button[\s\S]*?<button id="button">[\s\S]*?</form>` +
      String.raw`\s*<script nonce="([^"]+)">`,
  );
  assert.equal(form.exec(html)?.[1], nonce);
  assert.doesNotMatch(html, /setTimeout/);
  const head = html.slice(0, html.indexOf('</head>'));
  assert.ok(head.includes(`<noscript><meta http-equiv="refresh" content="0;url=${path}?seq=1"></noscript>`));
  // The button to pause comes first of all in the run.
  assert.match(html.slice(html.indexOf('<main')), /^[\s\S]*?<button id="pause">/);
});

test('each seq executes once; below and above executes nothing', async () => {
  const visitor = new Visitor(site.url);
  const path = await startSlow(visitor);
  const seqAfter = async (asked: number) => runHeader(await visitor.get(`${path}?seq=${asked}`)).seq;
  assert.equal(await seqAfter(0), 1);
  assert.equal(await seqAfter(0), 1);
  assert.equal(await seqAfter(999_999_999_999_999), 1);
  assert.equal(await seqAfter(1), 2);
  const { response, seen } = await visitor.drive(path);
  assert.deepEqual(seen, [2, 3]);
  const html = await response.text();
  assert.match(html, /data-status="done"/);
  assert.doesNotMatch(html, /id="next"|http-equiv/);
});

test('a seq that is no whole number is a 400 page about the run, and nothing changes', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  for (const wrong of ['seq=', 'seq=x', 'seq=-1', 'seq=1.0', 'seq=1e1', 'seq=0&seq=0', 'seq=%EF%BC%91']) {
    const response = await visitor.get(`${path}?${wrong}`);
    assert.equal(response.status, 400, wrong);
    assert.deepEqual(runHeader(response), { status: 'running', seq: 0, total: 3 });
    assert.match(await response.text(), /not a step number/);
  }
  assert.equal(runHeader(await visitor.get(path)).seq, 0);
});

test('what is fetched ahead or asked for from another site executes nothing, nor does HEAD', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  for (const [name, value] of [
    ['Sec-Purpose', 'prefetch'],
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Purpose', 'prefetch'],
    ['X-Moz', 'prefetch'],
    ['Sec-Fetch-Site', 'cross-site'],
  ] as const) {
    const response = await visitor.get(`${path}?seq=0`, { [name]: value });
    assert.equal(runHeader(response).seq, 0, name);
  }
  const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
  const head = await fetch(`${site.url}${path}?seq=0`, { method: 'HEAD', headers: { cookie } });
  assert.equal(runHeader(head).seq, 0);
  assert.equal(runHeader(await visitor.get(path)).seq, 0);
});

test('a run is 404 for everybody else, without the header', async () => {
  const path = await new Visitor(site.url).start('rows');
  const other = new Visitor(site.url);
  await other.start('rows');
  for (const visitor of [other, new Visitor(site.url)]) {
    for (const address of [path, `${path}?seq=0`, `${path}/rows.csv`]) {
      const response = await visitor.get(address);
      assert.equal(response.status, 404);
      assert.equal(response.headers.get('tobiishi-run'), null);
    }
  }
  const control = await other.submit('/jobs/rows', `${path}/cancel`);
  assert.equal(control.status, 404);
});

test('the session knows the step shown before the page is out', async () => {
  const slowly = site.sessionStore.set.bind(site.sessionStore);
  site.sessionStore.set = (id, session, callback) => void setTimeout(() => slowly(id, session, callback), 50);
  try {
    const visitor = new Visitor(site.url);
    const path = await startSlow(visitor);
    const response = await visitor.get(`${path}?seq=0`);
    // Headers only: the body is not there yet, and the click would come even later.
    const id = /s%3A(.+?)\./.exec(visitor.cookies.get('tobiishi') ?? '')?.[1] ?? '';
    const session = await new Promise<Partial<SessionData> | null | undefined>((resolve, reject) => {
      site.sessionStore.get(id, (error, found) => (error ? reject(error) : resolve(found)));
    });
    assert.deepEqual(session?.tobiishi?.runs, { [path.slice('/runs/'.length)]: { job: 'slow', seq: 1 } });
    await response.body?.cancel();
  } finally {
    site.sessionStore.set = slowly;
  }
});

test('a wait too long to be held is waited for in the page, and the page says so', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('polite');
  const html = await (await visitor.get(`${path}?seq=0`)).text().then(async (first) => {
    return first.includes('http-equiv="refresh" content="30') ? first : (await visitor.get(`${path}?seq=1`)).text();
  });
  assert.match(html, /data-seq="1"/);
  assert.match(html, /setTimeout\(press,30000\)/);
  assert.match(html, /http-equiv="refresh" content="30;url=/);
  assert.match(html, /Step 2 may start in <time id="left" datetime="PT(60S">1 min|59S">59 sec)</);
  assert.match(html, /Remaining, about<\/dt><dd>(1 min|59 sec)<\/dd>/);
});

test('a step still working is said', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('slow', { ms: '1400' });
  const html = await (await visitor.get(`${path}?seq=0`)).text();
  assert.match(html, /data-seq="0"/);
  assert.match(html, /Step 1 has been at work for <span id="worked" data-ms="\d+">under 1 sec<\/span>\./);
  assert.match(html, /sleeping 1400 ms/);
});
