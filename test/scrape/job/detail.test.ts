import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../fetch/serve.js';
import { crawl } from './crawl.js';

const TYPED = {
  row: 'li',
  columns: 'name: b\nmaker: detail: .maker\nprice: i | number\nweight: detail: .weight | number',
  detail: 'a',
  next: 'a[rel=next]',
  sameSite: true,
};

const row = (name: string, price: number, link: string | null) =>
  `<li><b>${name}</b> <i>${price}円</i> ${link === null ? '' : `<a href="${link}">more</a>`}`;
const page = (name: string) => `<p class=maker>Maker of ${name}<p class=weight>${name.length * 100} g`;
const cells = (rows: readonly object[]) =>
  rows.map((each) =>
    Object.entries(each)
      .flatMap(([name, cell]) => (name === 'page' ? [] : cell))
      .join(' | '),
  );

test('list and detail are one row, in the order of the list, page after page', async (t) => {
  const { origin, host, requests } = await serve(t, (request, response) => {
    const [, name = ''] = /^\/p\/(\w+)$/.exec(request.url ?? '') ?? [];
    if (name !== '') return void response.end(page(name));
    const isSecond = request.url === '/?p=2';
    response.end(
      isSecond
        ? `<ul>${row('Sencha', 3, '/p/Sencha')}</ul>`
        : `<ul>${row('Assam', 1, '/p/Assam')}${row('Oolong', 2, '/p/Oolong')}</ul><a rel=next href="/?p=2">next</a>`,
    );
  });
  const { run, rows } = await crawl(t, { ...TYPED, urls: `${origin}/` }, { allowHosts: [host] });
  assert.equal(run.status, 'done');
  assert.deepEqual(cells(rows), [
    'Assam | Maker of Assam | 1 | 500',
    'Oolong | Maker of Oolong | 2 | 600',
    'Sencha | Maker of Sencha | 3 | 600',
  ]);
  assert.deepEqual(
    rows.map(({ page }) => page),
    [`${origin}/`, `${origin}/`, `${origin}/?p=2`],
    'of the list',
  );
  assert.deepEqual(requests, ['/robots.txt', '/', '/p/Assam', '/p/Oolong', '/?p=2', '/p/Sencha']);
});

test('a row whose page cannot be had is there, in its place, and the failure is listed', async (t) => {
  let asked = 0;
  const { origin, host } = await serve(t, (request, response) => {
    if (request.url === '/p/gone') return void response.writeHead(404).end();
    if (request.url === '/p/slow' && ++asked === 1) return void response.writeHead(503).end();
    if (request.url?.startsWith('/p/')) return void response.end(page(request.url.slice(3)));
    const rows = [
      row('Slow', 1, '/p/slow'),
      row('Gone', 2, '/p/gone'),
      row('None', 3, null),
      row('Last', 4, '/p/last'),
    ];
    response.end(`<ul>${rows.join('')}</ul>`);
  });
  const { run, rows, failures } = await crawl(t, { ...TYPED, urls: `${origin}/` }, { allowHosts: [host] });
  assert.deepEqual(cells(rows), [
    'Slow | Maker of slow | 1 | 400',
    'Gone |  | 2 | ',
    'None |  | 3 | ',
    'Last | Maker of last | 4 | 400',
  ]);
  assert.deepEqual(
    failures.map(({ failure }) => failure?.params['status']),
    [404],
  );
  assert.deepEqual([run.stats['tobiishi/failed_details'], run.stats['item_scraped_count']], [1, 4]);
});

test('pages on another host, and redirects, leave the order as it is', async (t) => {
  const other = await serve(t, (request, response) => response.end(page(`far${request.url?.slice(1)}`)));
  const { origin, host } = await serve(t, (request, response) => {
    if (request.url === '/moved') return void response.writeHead(302, { location: '/p/Moved' }).end();
    if (request.url?.startsWith('/p/')) return void response.end(page(request.url.slice(3)));
    const far = other.origin.replace('127.0.0.1', 'localhost');
    response.end(
      `<ul>${row('A', 1, `${far}/a`)}${row('B', 2, '/moved')}${row('C', 3, `${far}/c`)}${row('D', 4, '/p/D')}`,
    );
  });
  const { rows } = await crawl(
    t,
    { ...TYPED, sameSite: false, urls: `${origin}/` },
    { allowHosts: [host, `localhost:${other.port}`] },
  );
  assert.deepEqual(cells(rows), [
    'A | Maker of fara | 1 | 400',
    'B | Maker of Moved | 2 | 500',
    'C | Maker of farc | 3 | 400',
    'D | Maker of D | 4 | 100',
  ]);
  const near = await crawl(t, { ...TYPED, urls: `${origin}/` }, { allowHosts: [host, `localhost:${other.port}`] });
  assert.deepEqual(cells(near.rows)[0], 'A |  | 1 | ', 'another site is not opened, and the row is there');
});

test('in JSON, too: the list is one answer, each page another', async (t) => {
  const { origin, host } = await serve(t, (request, response) => {
    response.setHeader('content-type', 'application/json');
    const [, id] = /^\/items\/(\d)$/.exec(request.url ?? '') ?? [];
    response.end(JSON.stringify(id ? { text: `text ${id}` } : { items: [{ id: 1, url: '/items/1' }, { id: 2 }] }));
  });
  const typed = { urls: `${origin}/`, row: 'items', columns: 'id: id\ntext: detail: text', detail: 'url' };
  assert.deepEqual(cells((await crawl(t, typed, { allowHosts: [host] })).rows), ['1 | text 1', '2 | ']);
});

test('each page of a row counts towards the limit', async (t) => {
  const { origin, host, requests } = await serve(t, (request, response) => {
    if (request.url !== '/') return void response.end(page('x'));
    response.end(`<ul>${row('A', 1, '/a')}${row('B', 2, '/b')}${row('C', 3, '/c')}`);
  });
  const { rows, run } = await crawl(t, { ...TYPED, urls: `${origin}/`, limit: '3' }, { allowHosts: [host] });
  assert.deepEqual([rows.length, run.droppedCount], [2, 1]);
  assert.equal(requests.length, 4);
});
