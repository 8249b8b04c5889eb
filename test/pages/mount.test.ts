import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { docsAddress } from '../../src/http/root.js';
import { addressesIn } from '../fixtures/addresses.js';
import { Visitor } from '../fixtures/visitor.js';
import { failing, polite, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

const MOUNT = '/tools/jobs';

let site: Site;
before(async () => {
  site = await startSite([rows, failing, polite], { mount: MOUNT });
});
after(() => site.close());

function assertInside(addresses: readonly string[], page: string): void {
  for (const address of addresses) {
    // It is not ours, and the same for every mount.
    if (address === docsAddress) continue;
    const { origin, pathname } = new URL(address, page);
    assert.equal(origin, site.url, `${address} on ${page}`);
    assert.ok(pathname.startsWith(`${MOUNT}/`), `${address} on ${page} leaves the mount`);
  }
}

/** Opens `first` and whatever is linked from it, forms left alone; answers what was opened. */
async function crawl(visitor: Visitor, first: readonly string[]): Promise<Map<string, string>> {
  const opened = new Map<string, string>();
  const waiting = [...first];
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    if (opened.has(address)) continue;
    const response = await visitor.get(address);
    const text = await response.text();
    opened.set(address, text);
    assert.ok(response.status < 300, `${address} answers ${response.status}`);
    if (!response.headers.get('content-type')?.startsWith('text/html')) continue;
    assertInside(addressesIn(text), response.url);
    // Another language is the same page; a probe is held for seconds.
    const links = [...text.matchAll(/\s(?:href|src)="([^"#][^"]*)"/g)].map(([, link = '']) => link);
    waiting.push(
      ...links.filter((link) => !/lang=|probe|^http/.test(link)).map((link) => link.replaceAll('&amp;', '&')),
    );
  }
  return opened;
}

test('mounted in an app, every address of every page stays below the mount', async () => {
  const visitor = new Visitor(site.url, MOUNT);
  const running = await visitor.start('polite');
  assert.ok(running.startsWith(`${MOUNT}/runs/`), running);
  const done = await visitor.start('rows');
  await visitor.drive(done);
  const failed = await visitor.start('failing');
  await visitor.drive(failed);
  const paused = await visitor.start('rows');
  await visitor.submit(paused, `${paused}/pause`);
  const shared = await visitor.submit(`${done}/share`, `${done}/share`);
  assert.equal(shared.headers.get('location'), `${done}/share`);

  const opened = await crawl(visitor, [`${MOUNT}/`, running, `${running}?seq=0`, done, failed, paused]);
  // One of each page: what is not linked is not checked.
  const kinds = [
    /\/jobs$|\/jobs\/$/,
    /\/jobs\/rows$/,
    /\?_run=/,
    /\/host$/,
    /\/runs\/[\w-]+$/,
    /\/rows$/,
    /rows\.xlsx$/,
  ];
  kinds.push(/\/cancel$/, /\/skip$/, /\/delete$/, /\/share$/, /\/unshare$/, /\/shared\/[\w-]+$/, /style\.css/);
  for (const kind of kinds) {
    assert.ok(
      [...opened.keys()].some((address) => kind.test(address)),
      `no page ${kind} was opened`,
    );
  }
});

test('what is sent, and what is refused, stays below the mount', async () => {
  const visitor = new Visitor(site.url, MOUNT);
  const pages = new Map<string, Response>();
  const form = `${MOUNT}/jobs/rows`;
  const send = async (action: string, fields: Record<string, string> = {}) => {
    pages.set(action, await visitor.submit(form, `${MOUNT}${action}`, fields));
  };
  await send('/runs', { job: 'rows', count: 'many' });
  await send('/jobs/rows/form?check=1', { count: 'many' });
  await send('/jobs/rows/link', { count: '7' });
  const path = await visitor.start('rows');
  pages.set('retry-failed', await visitor.submit(path, `${path}/retry-failed`));
  pages.set('a button of a text browser', await visitor.submit(form, `${MOUNT}/runs`, { job: 'rows', '_to:link': '' }));
  pages.set('no token', await visitor.post(`${MOUNT}/runs`, { job: 'rows' }));
  pages.set('bad seq', await visitor.get(`${path}?seq=x`));
  for (const absent of ['/nothing?a=1', '/jobs/none', '/runs/none', '/shared/none']) {
    pages.set(absent, await visitor.get(MOUNT + absent));
  }
  const list = site.store.listRuns;
  site.store.listRuns = async () => Promise.reject(new Error('a fault'));
  pages.set('a fault', await visitor.get(`${MOUNT}/`));
  site.store.listRuns = list;
  pages.set('deleted', await visitor.submit(`${path}/delete`, `${path}/delete`));
  for (const response of pages.values()) {
    const location = response.headers.get('location');
    assertInside([...addressesIn(await response.text()), ...(location === null ? [] : [location])], response.url);
  }
  assert.equal(pages.get('/jobs/rows/link')?.headers.get('location'), `${form}?count=7`);
  assert.equal(pages.get('deleted')?.headers.get('location'), `${MOUNT}/`);
});

test('the service worker lies below the mount and watches over its runs alone', async () => {
  const script = await (await fetch(`${site.url}${MOUNT}/service-worker.js`)).text();
  assert.ok(script.includes(`"home":"${MOUNT}/","runs":"${MOUNT}/runs/"`), script.slice(0, 200));
  assert.equal((await fetch(`${site.url}/service-worker.js`)).status, 404);
});

test('the link that shares a run is whole, with the mount', async () => {
  const visitor = new Visitor(site.url, MOUNT);
  const path = await visitor.start('rows');
  await visitor.submit(`${path}/share`, `${path}/share`);
  const html = await (await visitor.get(`${path}/share`)).text();
  assert.match(html, new RegExp(`value="${site.url}${MOUNT}/shared/[\\w-]{22}"`));
});

test('behind a proxy that rewrites addresses, they begin with the base that is set', async (t) => {
  const rewritten = await startSite([rows], { base: '/seen/by/browsers/' });
  t.after(() => rewritten.close());
  const html = await (await fetch(`${rewritten.url}/jobs/rows`)).text();
  const addresses = addressesIn(html).filter((address) => !address.startsWith('#') && address !== docsAddress);
  assert.ok(addresses.length > 5);
  for (const address of addresses) assert.ok(address.startsWith('/seen/by/browsers/'), address);
});

test('the app around it answers everything else as before', async () => {
  assert.equal(await (await fetch(`${site.url}/runs/x`)).text(), 'the host app');
  assert.equal((await fetch(`${site.url}/`)).headers.get('tobiishi'), null);
});
