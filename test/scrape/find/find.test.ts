import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Findings, type FindOptions, findOnPage } from '../../../src/scrape/find/find.js';
import type { Proposal } from '../../../src/scrape/find/proposal.js';
import { parseColumns } from '../../../src/scrape/read/columns.js';
import { MarkupDocument } from '../../../src/scrape/read/markup-document.js';
import type { Reading } from '../../../src/scrape/read/page-document.js';
import { LISTING_PAGES, type ListingPage } from './pages.js';

function findingsOf({ html, url }: Pick<ListingPage, 'html' | 'url'>, options?: FindOptions): Findings {
  return findOnPage(new MarkupDocument({ text: html, kind: 'html', url }, 'html'), options);
}

/** What the scraper reads when the proposal is taken as it is. */
function readingOf({ html, url }: ListingPage, { row, columns, follow }: Proposal, next: string): Reading {
  const chosen = columns.filter(({ isChosen }) => isChosen);
  const text = chosen.map(({ name, selector, attribute }) => `${name}: ${selector}@${attribute}`).join('\n');
  const parsed = parseColumns(text);
  assert.deepEqual(parsed.problems, []);
  return new MarkupDocument({ text: html, kind: 'html', url }, 'html').read({
    row,
    columns: parsed.columns,
    next,
    follow,
  });
}

for (const page of LISTING_PAGES) {
  describe(page.name, () => {
    const { proposals, next } = findingsOf(page);
    const [first] = proposals;
    assert.ok(first);
    const reading = readingOf(page, first, next?.selector ?? '');
    const count = page.columns[0]?.length ?? 0;

    it('the first list is its rows, with the columns that a person would take', () => {
      assert.equal(reading.rows.length, count, first.row);
      assert.equal(first.rows, count);
      const names = Object.keys(reading.rows[0] ?? {});
      const found = names.map((name) => reading.rows.map((row) => row[name]));
      for (const cells of page.columns)
        assert.ok(
          found.some((each) => cells.join('|') === each.join('|')),
          cells.join('|'),
        );
    });

    it('a text of its last row leads to the same rows, with its column first', () => {
      const [cells = []] = page.columns;
      const [byExample] = findingsOf(page, { example: cells.at(-1) ?? '' }).proposals;
      assert.equal(byExample?.row, first.row);
      assert.equal(byExample.columns[0]?.isExample, true);
      assert.deepEqual([byExample.columns[0].first, byExample.columns[0].last], [cells[0], cells.at(-1)]);
    });

    it('its selectors are short and name nothing that changes from page to page', () => {
      const selectors = [first.row, ...first.columns.map(({ selector }) => selector)];
      for (const selector of selectors) {
        assert.ok(selector.length < 80, selector);
        assert.doesNotMatch(selector, /[.#][\w-]*\d{3}|css-|sc-/);
      }
    });

    it('the link to the next page, and those to the pages of the rows', () => {
      assert.equal(next?.url ?? null, page.next);
      assert.equal(reading.next, page.next);
      assert.deepEqual(page.follow === null ? null : reading.follow, page.follow);
    });
  });
}

describe('a text given as an example', () => {
  const html = '<body><h1>Tea</h1><p id="price">Price: <b>１０，２００円</b></p><img src="t.png" alt="A cup">';
  const columns = (example: string) =>
    findingsOf({ html, url: 'https://tea.example/' }, { example }).proposals[0]?.columns.map(
      ({ selector, attribute }) => `${selector}@${attribute}`,
    );

  it('in no list: the page is the row', () => assert.deepEqual(columns('Tea'), ['h1@text']));
  it('in other letters than the page has', () => assert.deepEqual(columns('10,200円'), ['b@text']));
  it('of an attribute', () => assert.deepEqual(columns('a cup'), ['img@alt']));
  it('that is not there', () => assert.equal(columns('Coffee'), undefined));
});

describe('what selectors of rows do not name', () => {
  const rowOf = (html: string) => findingsOf({ html, url: 'https://site.example/list' }).proposals[0];
  const thread = (name: string, i: number) =>
    `<li class="${name}"><h3><a href="/t/${i}">Thread ${i}</a></h3><p>by Ann ${i}</p></li>`;
  const threads = (names: readonly string[]) => names.map(thread).join('');

  it('states of a row, which are others on the next page: where the rows are is named instead', () => {
    const html = `<ol class="stickies">${threads(['thread hot', 'thread hot'])}</ol>
      <ol class="threads">${threads(Array(9).fill('thread'))}</ol>`;
    assert.deepEqual([rowOf(html)?.row, rowOf(html)?.rows], ['ol.threads > li.thread', 9]);
    assert.equal(rowOf(`<ol>${threads(Array(9).fill('topic unread'))}</ol>`)?.row, 'li.topic');
  });

  it('what the values of cells are called: good and bad rows are rows of one table', () => {
    const row = (kind: string, i: number) =>
      `<tr><td><a href="/${i}">Tank ${i}</a></td><td><b class="${kind}">${i}</b></td><td>${i} %</td><td>T${i}</td></tr>`;
    const html = `<table>${['good', 'bad', 'good', 'bad', 'bad', 'good'].map(row).join('')}</table>`;
    assert.equal(rowOf(html)?.rows, 6);
  });
});

describe('what is no row, or not the row that is meant', () => {
  const rowOf = (html: string) => findingsOf({ html, url: 'https://site.example/list' }).proposals[0];

  it('the names of columns that stand above each of several tables', () => {
    const table = (name: string) =>
      `<table class="${name}"><tr><td>Board</td><td>Threads</td><td>Posts</td></tr>${[1, 2, 3]
        .map((i) => `<tr><td><a href="/${name}/${i}">${name} ${i}</a></td><td>${i}</td><td>many ${i}</td></tr>`)
        .join('')}</table>`;
    const proposal = rowOf(`<div class="boards">${['tea', 'cups', 'water'].map(table).join('')}</div>`);
    assert.equal(proposal?.rows, 9, proposal?.row);
  });

  it('the paragraphs of one article among several', () => {
    const article = (i: number) =>
      `<article class="post"><h2><a href="/${i}">Post ${i}</a></h2>${Array.from(
        { length: i === 2 ? 14 : 2 },
        (_, p) => `<p>Paragraph ${p} of post ${i}, with <a href="/l${p}">a link</a> and quite some text about tea.</p>`,
      ).join('')}</article>`;
    const proposal = rowOf([1, 2, 3, 4].map(article).join(''));
    assert.deepEqual([proposal?.row, proposal?.rows], ['article.post', 4]);
  });

  it('a row of a grid of things that have the same name and price', () => {
    const item = (i: number) =>
      `<div class="item"><a href="/${i}"><img src="/${i}.jpg"></a><h3>Cup</h3><p class="price">3 €</p></div>`;
    const grid = (i: number) => `<div class="products">${[1, 2, 3].map((j) => item(3 * i + j)).join('')}</div>`;
    assert.equal(rowOf(`<div>${[0, 1, 2, 3, 4].map(grid).join('')}</div>`)?.rows, 15);
  });

  it('where everything is a div: the things in the lines of a grid, without those in the column beside it', () => {
    const item = (i: number) =>
      `<div class="thing"><div><a href="/${i}"><img src="/${i}.jpg"></a></div><div>Cup ${i}</div><div>${i} €</div></div>`;
    const line = (i: number) => `<div class="line">${[1, 2, 3].map((j) => item(3 * i + j)).join('')}</div>`;
    const tools = `<div class="tools">${['New', 'Old', 'Dear', 'Cheap', 'All'].map((text) => `<div>${text}</div>`).join('')}</div>`;
    const html = `<div class="page"><div class="sidebar"><div class="line">${item(90)}${item(91)}</div></div>
      <div class="shown"><div class="grid">${tools}${[0, 1, 2, 3].map(line).join('')}</div></div></div>`;
    const proposal = rowOf(html);
    assert.equal(proposal?.rows, 12, proposal?.row);
  });

  it('a line of headings, where the first cell of each row is one, too; all bodies of a table are rows', () => {
    const row = (i: number) => `<tr><th><b>Firm ${i}</b></th><td><b>Town ${i % 7}</b></td><td>${i} km</td></tr>`;
    const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i)).join('');
    const html = `<table><tbody><tr><th><b>Name</b></th><th><b>Place</b></th><th><b>Way</b></th></tr>${rows(0, 8)}</tbody>
      <tbody>${rows(8, 10)}</tbody></table>`;
    const proposal = rowOf(html);
    assert.equal(proposal?.rows, 10, proposal?.row);
    assert.deepEqual(
      proposal.columns.map(({ name }) => name),
      ['Name', 'Place', 'Way'],
    );
  });

  it('the names of columns that stand again above each part of one table', () => {
    const row = (i: number) =>
      `<tr class="team-${i}"><td><a href="/${i}">Team ${i}</a></td><td>${i}</td><td>${9 - i}</td><td>n/a</td></tr>`;
    const part = (name: string, i: number) =>
      `<tr class="head"><td>${name}</td><td>W</td><td>L</td><td>L10</td></tr>${[1, 2, 3].map((j) => row(3 * i + j)).join('')}`;
    const proposal = rowOf(`<table>${['East', 'West', 'South'].map(part).join('')}</table>`);
    assert.equal(proposal?.rows, 9, proposal?.row);
  });

  it('what some rows are called besides, where several lists are one', () => {
    const film = (name: string, i: number) =>
      `<li class="${name}"><a href="/${i}"><img src="/${i}.jpg"></a><h4><a href="/${i}">Film ${i}</a></h4><div>Genre ${i}</div></li>`;
    const list = (names: readonly string[], i: number) =>
      `<ul class="films">${names.map((name, j) => film(name, 3 * i + j)).join('')}</ul>`;
    const premieres = Array(3).fill('premiere');
    const proposal = rowOf(`<div>${[premieres, ...Array(3).fill(Array(3).fill(''))].map(list).join('')}</div>`);
    assert.equal(proposal?.rows, 12, proposal?.row);
  });

  it('a line of a table that holds things side by side, whose links a program makes', () => {
    const thing = (i: number) =>
      `<td><div class="box"><span data-to="/${i}"><img src="/${i}.jpg"></span><b>Sofa ${i}</b><p>${i} €</p></div></td>`;
    const line = (i: number) => `<tr>${[1, 2, 3].map((j) => thing(3 * i + j)).join('')}</tr>`;
    assert.equal(rowOf(`<table>${[0, 1, 2, 3].map(line).join('')}</table>`)?.rows, 12);
  });

  it('the paragraphs of long articles', () => {
    const text = (i: number) => `<p>Paragraph ${i} has a good many words about tea, and one more link to nowhere.</p>`;
    const article = (i: number) =>
      `<article><h2><a href="/${i}">Post ${i}</a></h2><div class="text">${Array.from({ length: 9 + i }, (_, p) => text(p)).join('')}</div></article>`;
    assert.equal(rowOf([1, 2, 3, 4].map(article).join(''))?.rows, 4);
  });
});

describe('what is in a row', () => {
  const columnsOf = (rows: readonly string[]) =>
    findingsOf({ html: `<div id="list">${rows.join('')}</div>`, url: 'https://site.example/list' }).proposals[0]
      ?.columns;
  const each = (row: (i: number) => string) => [1, 2, 3, 4, 5].map(row);

  it('is a column where all rows say the same, when a class says what; not what is to be pressed', () => {
    const columns = columnsOf(
      each(
        (i) =>
          `<div class="card"><h3><a href="/${i}">Cup ${i}</a></h3><p class="availability">In stock</p><form><button>Buy</button></form><a class="comments" href="/${i}#c">Comment</a></div>`,
      ),
    );
    assert.deepEqual(
      columns?.filter(({ attribute }) => attribute === 'text').map(({ first, last }) => [first, last]),
      [
        ['Cup 1', 'Cup 5'],
        ['In stock', 'In stock'],
      ],
    );
  });

  it('is called what its class says, a price one before all', () => {
    const columns = columnsOf(
      each((i) => `<div class="card"><h3><a href="/${i}">Cup ${i}</a></h3><p class="price_color">£${i}.50</p></div>`),
    );
    assert.equal(columns?.find(({ first }) => first === '£1.50')?.name, 'price');
  });

  it('is one text, however many paragraphs and links somebody wrote', () => {
    const long = 'a good many words, which is what people write below an article, ';
    const comments = (message: (i: number) => string) =>
      columnsOf(
        each(
          (i) => `<div class="comment"><b class="author">Ann ${i}</b><div class="message">${message(i)}</div></div>`,
        ),
      );
    for (const columns of [
      comments((i) => `${long}<a href="/u/${i}">@Bob</a> agrees<div>quoted ${i}</div>`),
      comments((i) => `<p>${long}</p><p>@Bob agrees</p>${i > 3 ? '<p>as I do</p>' : ''}<p>quoted ${i}</p>`),
    ]) {
      const chosen = columns?.filter(({ isChosen }) => isChosen);
      assert.deepEqual(
        chosen?.map(({ name }) => name),
        ['author', 'message'],
      );
      assert.match(chosen?.[1]?.first ?? '', /article, @Bob agrees quoted 1$/);
    }
  });

  it('is the same property wherever it stands', () => {
    const columns = columnsOf(
      each(
        (i) =>
          `<div class="firm" itemscope><h3 itemprop="name">Firm ${i}</h3><div class="${i % 2 ? 'mobile' : 'phone'}"><span>T</span><i itemprop="telephone">0${i}</i></div></div>`,
      ),
    );
    const phone = columns?.find(({ name }) => name === 'telephone');
    assert.deepEqual([phone?.first, phone?.last, phone?.emptyIn], ['01', '05', 0]);
  });

  it('is a value in every cell of a table, and the name of none', () => {
    const rows = each((i) => `<tr><td><a href="/${i}">Case ${i}</a></td><td>High Court</td><td>Judge ${i}</td></tr>`);
    const columns = columnsOf([`<table>${rows.join('')}</table>`]);
    assert.equal(columns?.find(({ first }) => first === 'High Court')?.isChosen, true);
  });
});

describe('the link to the next page', () => {
  it('says of what it is the next, too', () => {
    const nextOf = (text: string) =>
      findingsOf({ html: `<p><a href="/a">A</a> <a href="/list/b">${text}</a></p>`, url: 'https://site.example/list' })
        .next;
    for (const text of ['Pág. siguiente', 'To the next page', 'Nächste Seite »'])
      assert.equal(nextOf(text)?.url, 'https://site.example/list/b', text);
    for (const text of ['Next week', 'The next big thing', 'Más']) assert.equal(nextOf(text), null, text);
  });
});
