import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findInAnswer, type PageFindings } from '../../../src/scrape/find/find-in-answer.js';
import { parseColumns } from '../../../src/scrape/read/columns.js';
import type { Kind } from '../../../src/scrape/read/content-type.js';
import { openDocument } from '../../../src/scrape/read/document.js';

const PAGE = 'https://site.example/list';

function found(text: string, kind: Kind = 'html', link: string | null = null): PageFindings {
  const answer = {
    url: PAGE,
    kind,
    charset: 'utf-8',
    bytes: new TextEncoder().encode(text),
    refresh: null,
    link,
  };
  const result = findInAnswer(answer, { encoding: '', reloads: false });
  assert.ok('proposals' in result);
  return result;
}

/** What the scraper reads with the proposal of that number. */
function read(text: string, kind: Kind = 'html', number = 0) {
  const proposal = found(text, kind).proposals[number];
  assert.ok(proposal);
  const lines = proposal.columns
    .filter(({ isChosen }) => isChosen)
    .map(({ name, selector, attribute }) => `${name}: ${selector}@${attribute}`);
  const { columns, problems } = parseColumns(lines.join('\n'));
  assert.deepEqual(problems, []);
  const { rows, next, follow } = openDocument({ text, kind, url: PAGE }).read({ ...proposal, columns });
  return { row: proposal.row, rows: rows.map(({ page: _, ...cells }) => cells), next, follow };
}

const each = <T>(make: (i: number) => T) => [1, 2, 3, 4].map(make);
const links = each((i) => `https://site.example/p/${i}`);

describe('data that is not in the elements of a page', () => {
  it('an API: its list, its columns by path, the next part', () => {
    const results = each((i) => ({
      name: `N${i}`,
      url: `/p/${i}`,
      price: { amount: i * 10, currency: 'EUR' },
      tags: ['a', `b${i}`],
    }));
    const api = JSON.stringify({ count: 9, next: `${PAGE}?page=2`, results });
    assert.deepEqual(read(api, 'json'), {
      row: '$.results',
      rows: each((i) => ({ name: `N${i}`, url: `/p/${i}`, amount: String(i * 10), tags: `a, b${i}` })),
      next: `${PAGE}?page=2`,
      follow: links,
    });
  });

  it('a page that its scripts make of JSON in it', () => {
    const items = each((i) => ({ title: `Title "${i}"};`, slug: `/p/${i}`, author: { name: `A${i}` } }));
    const data = JSON.stringify({ props: { pageProps: { items, nav: [{ label: 'Home', href: '/' }] } } });
    const page = `<body><div id="__next"></div><script id="__NEXT_DATA__" type="application/json">${data}</script><script src="/app.js"></script>`;
    const rows = each((i) => ({ title: `Title "${i}"};`, slug: `/p/${i}`, name: `A${i}` }));
    assert.deepEqual(read(page), {
      row: 'script#__NEXT_DATA__ $.props.pageProps.items',
      rows,
      next: null,
      follow: links,
    });
    assert.equal(found(page).isMadeByScript, true);
    const variable = `<body><div id="root">Loading</div><script>window.__STATE__ = ${JSON.stringify({ items })}; start()</script>`;
    assert.deepEqual(read(variable).rows, rows);
  });

  it('what a page tells search engines comes after its lists of elements', () => {
    const itemListElement = each((position) => ({
      '@type': 'ListItem',
      position,
      item: { name: `Tea ${position}`, offers: { price: `${position}.00` } },
    }));
    const list = each((i) => `<li><a href="/p/${i}">Tea ${i}</a> <b>${i} €</b></li>`).join('');
    const page = `<body><ul>${list}</ul><script type="application/ld+json">${JSON.stringify({ '@type': 'ItemList', itemListElement })}</script>`;
    assert.equal(found(page).proposals[0]?.row, 'ul > li');
    assert.deepEqual(
      read(page, 'html', 1).rows,
      each((i) => ({ position: String(i), name: `Tea ${i}`, price: `${i}.00` })),
    );
  });

  it('one script for each thing', () => {
    const page = each(
      (i) => `<script type="application/ld+json">{"@type":"Product","name":"Tea ${i}","sku":"s-${i}"}</script>`,
    ).join('');
    assert.deepEqual(
      read(`<body>${page}`).rows,
      each((i) => ({ name: `Tea ${i}`, sku: `s-${i}` })),
    );
  });

  it('feeds, whose elements name their columns', () => {
    const items = each(
      (i) => `<item><title>News ${i}</title><link>/p/${i}</link><dc:creator>Ann ${i}</dc:creator></item>`,
    ).join('');
    const rss = `<?xml version="1.0"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title>${items}</channel></rss>`;
    const rows = each((i) => ({ title: `News ${i}`, link: `/p/${i}`, creator: `Ann ${i}` }));
    assert.deepEqual(read(rss, 'xml').rows, rows);
  });
});

it('a page that sends its reader elsewhere is not looked at', () => {
  const bytes = new TextEncoder().encode('<meta http-equiv="refresh" content="0;url=/there">');
  const answer = { url: PAGE, kind: 'html', charset: null, bytes, refresh: null, link: null } as const;
  assert.deepEqual(findInAnswer(answer, { encoding: '', reloads: false }), { redirect: 'https://site.example/there' });
});

describe('what a page and its headers say of other addresses', () => {
  const list = each((i) => `<li><a href="/p/${i}">Entry ${i}</a> of day ${i}</li>`).join('');

  it('a Link header leads to the next page of what has no link to it, HTML and JSON', () => {
    const header = `<${PAGE}?page=2>; rel="next"`;
    const json = JSON.stringify(each((i) => ({ id: i, name: `N${i}` })));
    for (const [text, kind] of [
      [`<ul>${list}</ul>`, 'html'],
      [json, 'json'],
    ] as const) {
      const { next, proposals } = found(text, kind, header);
      assert.equal(next?.url, `${PAGE}?page=2`);
      const document = openDocument({ text, kind, url: PAGE, link: header });
      assert.equal(document.read({ row: '', columns: [], next: proposals[0]?.next ?? '' }).next, next.url);
    }
  });

  it('the feeds that it names', () => {
    const head = `<link rel="alternate" type="application/rss+xml" title="News" href="/feed"><link rel="alternate" hreflang="de" href="/de">`;
    assert.deepEqual(found(`${head}<ul>${list}</ul>`).feeds, [{ url: 'https://site.example/feed', title: 'News' }]);
  });
});
