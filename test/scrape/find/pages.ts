/** A page with a list, as some kind of site writes it, and what a person would take from it. */
export interface ListingPage {
  readonly name: string;
  readonly url: string;
  readonly html: string;
  /** Each with the cells of all rows. */
  readonly columns: readonly (readonly string[])[];
  /** Absolute; null: there is no next page. */
  readonly next: string | null;
  /** Absolute, of all rows; null: the rows lead nowhere. */
  readonly follow: readonly string[] | null;
}

const NAVIGATION = `<nav><ul>${['Home', 'Shop', 'About us', 'Contact', 'Help', 'Basket'].map((text) => `<li><a href="/${text.toLowerCase()}">${text}</a></li>`).join('')}</ul></nav>`;
const FOOTER = `<footer><ul>${['Terms', 'Privacy', 'Imprint', 'Jobs', 'Press'].map((text) => `<li><a href="/f/${text}">${text}</a></li>`).join('')}</ul><p>© 2026</p></footer>`;

function page(lang: string, title: string, main: string): string {
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>${title}</title></head><body>${NAVIGATION}${main}${FOOTER}</body></html>`;
}

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');
const each = (count: number, value: (i: number) => string) => Array.from({ length: count }, (_, i) => value(i));

const TEAS = [
  'Assam',
  'Darjeeling',
  'Sencha',
  'Gyokuro',
  'Oolong',
  'Pu-erh',
  'Rooibos',
  'Earl Grey',
  'Matcha',
  'Houjicha',
  'Keemun',
  'Lapsang',
];
const tea = (i: number) => TEAS[i] ?? '';
const slug = (i: number) => tea(i).toLowerCase().replace(' ', '-');

/** WooCommerce's way: the classes of a row hold its number and category, some rows have two prices. */
const wordpressShop: ListingPage = {
  name: 'a WordPress shop, with numbers in the classes of its rows and two prices in some',
  url: 'https://shop.example/tea/',
  html: page(
    'en',
    'Tea',
    `<main id="main" class="site-main"><h1>Tea</h1><p class="woocommerce-result-count">Showing 1–9 of 12 results</p>
<ul class="products columns-3">
${lines(
  9,
  (
    i,
  ) => `<li class="product type-product post-${210 + i} status-publish ${i % 3 === 0 ? 'first' : ''} product_cat-${i % 2 ? 'green' : 'black'} has-post-thumbnail">
<a href="https://shop.example/product/${slug(i)}/" class="woocommerce-LoopProduct-link"><img width="300" height="300" src="https://shop.example/uploads/${slug(i)}.jpg" class="attachment-woocommerce_thumbnail" alt="">
<h2 class="woocommerce-loop-product__title">${tea(i)}</h2>
<span class="price">${i === 4 ? '<del><span class="amount">9.90 €</span></del> <ins><span class="amount">7.90 €</span></ins>' : `<span class="amount">${i + 5}.50 €</span>`}</span></a>
<a href="?add-to-cart=${210 + i}" class="button add_to_cart_button" rel="nofollow">Add to cart</a></li>`,
)}
</ul>
<nav class="woocommerce-pagination"><ul class="page-numbers"><li><span aria-current="page" class="page-numbers current">1</span></li><li><a class="page-numbers" href="https://shop.example/tea/page/2/">2</a></li><li><a class="next page-numbers" href="https://shop.example/tea/page/2/">→</a></li></ul></nav></main>
<aside class="sidebar"><h3>Categories</h3><ul>${lines(14, (i) => `<li class="cat-item"><a href="/category/${i}">Category number ${i}</a> (${i})</li>`)}</ul></aside>`,
  ),
  columns: [
    each(9, tea),
    each(9, (i) => (i === 4 ? '9.90 € 7.90 €' : `${i + 5}.50 €`)),
    each(9, (i) => `https://shop.example/uploads/${slug(i)}.jpg`),
  ],
  next: 'https://shop.example/tea/page/2/',
  follow: each(9, (i) => `https://shop.example/product/${slug(i)}/`),
};

/** A forum of old: no classes, headings in td, a line across the table between sticky threads and others. */
const oldForum: ListingPage = {
  name: 'an old forum: layout tables, headings that are no th, a line across the table',
  url: 'http://forum.example/viewforum.php?f=3',
  html: page(
    'en',
    'Forum',
    `<table width="100%"><tr><td><table border="1">
<tr bgcolor="#cccccc"><td><b>Topic</b></td><td><b>Author</b></td><td><b>Replies</b></td><td><b>Last post</b></td></tr>
<tr><td colspan="4">Announcements</td></tr>
${lines(8, (i) => `<tr><td><a href="viewtopic.php?t=${700 + i}">How to brew ${tea(i)}</a></td><td>member${i}</td><td align="right">${i * 7}</td><td>2026-11-${10 + i} 09:4${i}</td></tr>`)}
</table></td></tr><tr><td align="right">Page <b>1</b> <a href="viewforum.php?f=3&amp;start=8">2</a> <a href="viewforum.php?f=3&amp;start=16">3</a></td></tr></table>`,
  ),
  columns: [
    each(8, (i) => `How to brew ${tea(i)}`),
    each(8, (i) => `member${i}`),
    each(8, (i) => String(i * 7)),
    each(8, (i) => `2026-11-${10 + i} 09:4${i}`),
  ],
  next: 'http://forum.example/viewforum.php?f=3&start=8',
  follow: each(8, (i) => `http://forum.example/viewtopic.php?t=${700 + i}`),
};

/** Bootstrap's grid: the cards are children of several rows, which are no rows of the table. */
const cards: ListingPage = {
  name: 'cards in a grid of rows, with a field that some lack and an advert among them',
  url: 'https://news.example/articles?page=3',
  html: page(
    'en',
    'News',
    `<div class="container"><h1>Articles</h1>
${lines(
  3,
  (row) =>
    `<div class="row">${lines(3, (column) => {
      const i = row * 3 + column;
      if (i === 5)
        return '<div class="col-md-4"><div class="ad-slot"><a href="https://ads.example/x">Buy now</a></div></div>';
      return `<div class="col-md-4"><div class="card mb-4 shadow-sm"><img class="card-img-top" src="/img/${i}.webp" alt="">
<div class="card-body"><h5 class="card-title"><a href="/articles/${slug(i)}">${tea(i)} in the morning</a></h5>
${i % 4 === 1 ? '' : `<p class="card-text">What ${tea(i)} does to people who drink it before nine o'clock, and why.</p>`}
<p class="card-text"><small class="text-muted">${i + 1} November 2026</small></p></div></div></div>`;
    })}</div>`,
)}
<ul class="pagination"><li class="page-item"><a class="page-link" href="?page=2">Previous</a></li><li class="page-item"><a class="page-link" href="?page=2">2</a></li><li class="page-item active"><a class="page-link" href="?page=3">3</a></li><li class="page-item"><a class="page-link" href="?page=4">4</a></li><li class="page-item"><a class="page-link" href="?page=4">Next</a></li></ul></div>`,
  ),
  columns: [
    [0, 1, 2, 3, 4, 6, 7, 8].map((i) => `${tea(i)} in the morning`),
    [0, 1, 2, 3, 4, 6, 7, 8].map((i) => `${i + 1} November 2026`),
    [0, 1, 2, 3, 4, 6, 7, 8].map((i) => `https://news.example/img/${i}.webp`),
  ],
  next: 'https://news.example/articles?page=4',
  follow: [0, 1, 2, 3, 4, 6, 7, 8].map((i) => `https://news.example/articles/${slug(i)}`),
};

/** Date headings stand between the rows; each row has its category as a class of its own. */
const calendar: ListingPage = {
  name: 'a calendar with headings for the days between the events',
  url: 'https://town.example/events',
  html: page(
    'de',
    'Veranstaltungen',
    `<div id="events"><h1>Veranstaltungen</h1>
${lines(
  9,
  (i) => `${i % 3 === 0 ? `<h2>${10 + i / 3}. November 2026</h2>` : ''}
<div class="event category-${i}" itemscope itemtype="https://schema.org/Event"><h3 itemprop="name"><a href="/events/${100 + i}">Verkostung: ${tea(i)}</a></h3>
<meta itemprop="startDate" content="2026-11-${10 + Math.floor(i / 3)}T1${i}:00"><span class="place" itemprop="location">Saal ${i}</span></div>`,
)}
</div><p class="pages"><strong>1</strong> <a href="/events?seite=2">2</a> <a href="/events?seite=2">nächste Seite »</a></p>`,
  ),
  columns: [
    each(9, (i) => `Verkostung: ${tea(i)}`),
    each(9, (i) => `2026-11-${10 + Math.floor(i / 3)}T1${i}:00`),
    each(9, (i) => `Saal ${i}`),
  ],
  next: 'https://town.example/events?seite=2',
  follow: each(9, (i) => `https://town.example/events/${100 + i}`),
};

/** Labels and values in one element; links of the pager with images for texts. */
const library: ListingPage = {
  name: 'a Japanese library: labels and values in one element, the next page by a picture',
  url: 'https://lib.example.jp/search?q=cha',
  html: page(
    'ja',
    '検索結果',
    `<form action="/search"><select name="n">${lines(6, (i) => `<option>${i * 10}件</option>`)}</select></form>
<ol class="result">${lines(
      10,
      (i) => `<li id="bib_${9000 + i}"><p class="ttl"><a href="/bib/${9000 + i}">茶の本 第${i}巻</a></p>
<ul><li>著者：岡倉 ${tea(i)}</li>${i === 2 ? '' : `<li>出版社：出版${i}社</li>`}<li>出版年：${2000 + i}.04</li></ul></li>`,
    )}</ol>
<div class="pager"><a href="/search?q=cha&amp;p=2"><img src="/next.gif" alt="次のページ"></a></div>`,
  ),
  columns: [
    each(10, (i) => `茶の本 第${i}巻`),
    each(10, (i) => `著者：岡倉 ${tea(i)}`),
    each(10, (i) => (i === 2 ? '' : `出版社：出版${i}社`)),
    each(10, (i) => `出版年：${2000 + i}.04`),
  ],
  next: 'https://lib.example.jp/search?q=cha&p=2',
  follow: each(10, (i) => `https://lib.example.jp/bib/${9000 + i}`),
};

/** A table as in an encyclopedia: the names are headings of their rows. */
const encyclopedia: ListingPage = {
  name: 'a table of an encyclopedia with headings of columns and of rows',
  url: 'https://wiki.example/wiki/List_of_teas',
  html: page(
    'en',
    'List of teas',
    `<div id="content"><p>This is a list of teas, which is long, and here is an introduction that says so at some length.</p>
<table class="wikitable sortable"><caption>Teas</caption><thead><tr><th scope="col">Name</th><th scope="col">Region</th><th scope="col">Output (t)</th></tr></thead><tbody>
${lines(12, (i) => `<tr><th scope="row"><a href="/wiki/${slug(i)}" title="${tea(i)}">${tea(i)}</a></th><td>Region of ${tea(11 - i)}</td><td>${(i + 1) * 1234}</td></tr>`)}
</tbody></table></div><div class="navbox"><ul>${lines(20, (i) => `<li><a href="/wiki/N${i}">Article ${i}</a></li>`)}</ul></div>`,
  ),
  columns: [each(12, tea), each(12, (i) => `Region of ${tea(11 - i)}`), each(12, (i) => String((i + 1) * 1234))],
  next: null,
  follow: each(12, (i) => `https://wiki.example/wiki/${slug(i)}`),
};

/** Classes made by a style compiler: nothing of them is the same after the next release. */
const compiled: ListingPage = {
  name: 'classes made by a compiler, of which no selector may be made',
  url: 'https://code.example/explore',
  html: page(
    'en',
    'Explore',
    `<main><div class="css-1x2y3z"><h2 class="sc-bdVaJa">Repositories</h2><ul class="Box__StyledBox-sc-1gh2ef-0">
${lines(7, (i) => `<li class="css-9a8b7c${i}"><h3 class="sc-fzXfOY"><a href="/${slug(i)}/repo" data-testid="repo-link">${slug(i)}/repo</a></h3><p class="css-0z9y8x">A library for ${tea(i)}</p><span class="css-q1w2e3" data-testid="stars">${i * 111 + 3}</span></li>`)}
</ul><a rel="next" href="/explore?after=Y3Vyc29y">Next</a></div></main>`,
  ),
  columns: [
    each(7, (i) => `${slug(i)}/repo`),
    each(7, (i) => `A library for ${tea(i)}`),
    each(7, (i) => String(i * 111 + 3)),
  ],
  next: 'https://code.example/explore?after=Y3Vyc29y',
  follow: each(7, (i) => `https://code.example/${slug(i)}/repo`),
};

/** Four articles side by side in each row of a layout table. */
const tableGrid: ListingPage = {
  name: 'an old shop with four articles side by side in a table',
  url: 'http://old.example/list.cgi?cat=2',
  html: page(
    'fr',
    'Boutique',
    `<center><table>${lines(
      3,
      (row) =>
        `<tr>${lines(4, (column) => {
          const i = row * 4 + column;
          return `<td align="center"><a href="item.cgi?id=${i}"><img src="img/${i}.gif"></a><br><font size="2">${tea(i)}</font><br><b>${i + 3},50 €</b></td>`;
        })}</tr>`,
    )}</table><a href="list.cgi?cat=2&amp;page=2">suivant &gt;&gt;</a></center>`,
  ),
  columns: [each(12, tea), each(12, (i) => `${i + 3},50 €`), each(12, (i) => `http://old.example/img/${i}.gif`)],
  next: 'http://old.example/list.cgi?cat=2&page=2',
  follow: each(12, (i) => `http://old.example/item.cgi?id=${i}`),
};

/** As a well-known link aggregator has it: three rows of a table for each link, and nothing around them. */
const aggregator: ListingPage = {
  name: 'rows spread over three rows of a table, of which some lack the second',
  url: 'https://links.example/',
  html: page(
    'en',
    'Links',
    `<center><table id="main"><tr><td><table>
${lines(
  8,
  (
    i,
  ) => `<tr class="thing"><td>${i + 1}.</td><td class="title"><a href="https://${slug(i)}.example/">All about ${tea(i)}</a> <span class="site">(${slug(i)}.example)</span></td></tr>
${i === 5 ? '' : `<tr><td></td><td class="sub"><span class="score">${i * 3 + 4} points</span> by <a href="user?id=u${i}">user${i}</a> | <a href="item?id=${i}">${i + 2} comments</a></td></tr>`}
<tr class="spacer" style="height:5px"></tr>`,
)}
<tr><td></td><td class="title"><a href="?p=2">More</a></td></tr></table></td></tr></table></center>`,
  ),
  columns: [
    each(8, (i) => `All about ${tea(i)}`),
    each(8, (i) => (i === 5 ? '' : `${i * 3 + 4} points`)),
    each(8, (i) => (i === 5 ? '' : `${i + 2} comments`)),
  ],
  next: 'https://links.example/?p=2',
  follow: each(8, (i) => `https://${slug(i)}.example/`),
};

/** Terms and what they mean, a list for each letter. */
const glossary: ListingPage = {
  name: 'pairs of terms and descriptions, one list for each letter',
  url: 'https://docs.example/glossary.html',
  html: page(
    'en',
    'Glossary',
    `<div class="body"><h1>Glossary</h1>${lines(5, (letter) => `<h2>${'ABCDE'[letter] ?? ''}</h2><dl>${lines(letter + 1, (i) => `<dt><a href="#${letter}-${i}" id="t"></a>Term ${letter}.${i}</dt><dd><p>What term ${letter}.${i} means in words.</p></dd>`)}</dl>`)}</div>`,
  ),
  columns: [each(15, (n) => `Term ${nested(n)}`), each(15, (n) => `What term ${nested(n)} means in words.`)],
  next: null,
  follow: null,
};

/** The number of an entry in lists of 1, 2, 3, 4 and 5. */
function nested(n: number): string {
  let letter = 0;
  let before = 0;
  while (n >= before + letter + 1) {
    before += letter + 1;
    letter += 1;
  }
  return `${letter}.${n - before}`;
}

/** Cells that reach over several rows: what they say holds for each. */
const spanning: ListingPage = {
  name: 'a table with cells that reach over rows',
  url: 'https://trains.example/timetable',
  html: page(
    'en',
    'Timetable',
    `<h1>Timetable</h1><table border="1"><tr><th>Line</th><th>Train</th><th>Leaves</th></tr>
${lines(9, (i) => `<tr>${i % 3 === 0 ? `<td rowspan="3">Line ${'ABC'[i / 3] ?? ''}</td>` : ''}<td><a href="/t/${i}">Train ${i + 200}</a></td><td>1${i}:15</td></tr>`)}</table>`,
  ),
  columns: [
    each(9, (i) => `Train ${i + 200}`),
    each(9, (i) => `Line ${'ABC'[Math.floor(i / 3)] ?? ''}`),
    each(9, (i) => `1${i}:15`),
  ],
  next: null,
  follow: each(9, (i) => `https://trains.example/t/${i}`),
};

export const LISTING_PAGES: readonly ListingPage[] = [
  wordpressShop,
  oldForum,
  cards,
  calendar,
  library,
  encyclopedia,
  compiled,
  tableGrid,
  aggregator,
  glossary,
  spanning,
];
