// Makes the documentation a site that can be read offline, from files or any server of files: `npm run docs`, in `site/` or
// the folder given. What can be reached from the README is in it, in the tree of the repository, so links stay relative.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { Marked, Renderer } from 'marked';

const FOLDER = process.argv[2] ?? 'site';
const WORDS = {
  en: { pages: 'Documentation', overview: 'Overview', skip: 'Skip to the text' },
  ja: {
    pages: 'ドキュメント',
    overview: '概要',
    skip: '本文へ',
    Learn: '学ぶ',
    Do: '使う',
    'Look up': '調べる',
    Understand: '理解する',
  },
};
const OVERVIEW = { en: 'README.md', ja: 'docs/README.ja.md' };
const STYLES = ['public/style.css', 'scripts/docs.css', 'public/favicon.svg'];

const languageOf = (page) => (page.endsWith('.ja.md') ? 'ja' : 'en');
const isElsewhere = (address) => /^[a-z]+:/.test(address);

/** README.md is the first page of its folder. */
const renamed = (address) => address.replace(/(^|\/)README\.md(?=$|#)/, '$1index.html').replace(/\.md(?=$|#)/, '.html');

const linkFrom = (page, target) => relative(dirname(page), renamed(target));

/** The same page in the other language, or what that language begins with. */
function inOtherLanguage(page) {
  const japanese = languageOf(page) === 'ja';
  const twin = japanese ? page.replace('.ja.md', '.md') : page.replace('.md', '.ja.md');
  return !page.includes('README') && existsSync(twin) ? twin : OVERVIEW[japanese ? 'en' : 'ja'];
}

/** Headings have the anchors of the code host, so that a link is right in both; what is too wide scrolls by itself. */
class PageRenderer extends Renderer {
  #anchors = new Set();

  heading({ tokens, depth, text }) {
    const anchor = text
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let n = 1; this.#anchors.has(unique); n += 1) unique = `${anchor}-${n}`;
    this.#anchors.add(unique);
    return `<h${depth} id="${unique}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
  }

  table(token) {
    // Markdown has no table without a row of headings, and may leave them empty.
    const html = super.table(token).replaceAll('<th></th>', '<td></td>');
    const isHeaded = token.header.some(({ text }) => text !== '');
    return `<div class="table" tabindex="0">${isHeaded ? html : html.replace(/<thead>.*?<\/thead>\n?/s, '')}</div>\n`;
  }

  code(token) {
    return super.code(token).replace('<pre>', '<pre tabindex="0">');
  }
}

const titleOf = (page) => /^# (.+)$/m.exec(readFileSync(page, 'utf8'))[1].replaceAll('`', '');

/** A page as HTML, and the files that it shows or leads to. */
function render(page) {
  const targets = [];
  const lead = (address) => {
    if (isElsewhere(address)) return address;
    const [path] = address.split('#');
    if (path !== '') targets.push(normalize(join(dirname(page), path)));
    return renamed(address);
  };
  const marked = new Marked({
    walkTokens(token) {
      if (token.type === 'link' || token.type === 'image') token.href = lead(token.href);
      // A line's end in Japanese is no space.
      if (token.type === 'text') token.text = token.text.replace(/(?<=[^\0-\x7f])\n(?=[^\0-\x7f])/g, '');
      if (token.type === 'html') token.text = token.text.replace(/(?<=src=")[^"]+/g, lead);
    },
  });
  // As an option of the constructor only its own properties would count.
  marked.setOptions({ renderer: new PageRenderer() });
  const markdown = readFileSync(page, 'utf8');
  return { html: marked.parse(markdown), title: titleOf(page), targets };
}

/** The lists of docs/README.md. */
function readKinds() {
  const marked = new Marked();
  const kinds = [];
  let heading = '';
  for (const token of marked.lexer(readFileSync('docs/README.md', 'utf8'))) {
    if (token.type === 'paragraph') heading = token.text.replaceAll('*', '');
    if (token.type !== 'list') continue;
    const links = [];
    marked.walkTokens([token], (each) => {
      if (each.type === 'link' && !each.href.includes('#')) links.push(each);
    });
    kinds.push({ heading, links: links.map(({ href, text }) => linkOf(normalize(join('docs', href)), text)) });
  }
  return kinds;
}

/** A page in Japanese has its own title; the text beside the English one only says the language. */
const linkOf = (target, text) => ({ target, text: languageOf(target) === 'ja' ? titleOf(target) : text });

/** What docs/README.md lists, each page once: in the reader's language where it has one. */
function navigation(page, kinds) {
  const language = languageOf(page);
  const words = WORDS[language];
  const item = ({ target, text }) =>
    `<li><a href="${linkFrom(page, target)}" lang="${languageOf(target)}"${target === page ? ' aria-current="page"' : ''}>${text}</a></li>`;
  const isForReader = ({ target }) => languageOf(target) === language || inOtherLanguage(target) === OVERVIEW[language];
  const lists = kinds.map(
    ({ heading, links }) =>
      `<h2>${words[heading] ?? heading}</h2>\n<ul>${links.filter(isForReader).map(item).join('\n')}</ul>`,
  );
  return `<nav id="pages" aria-label="${words.pages}">
<ul>${item({ target: OVERVIEW[language], text: words.overview })}</ul>
${lists.join('\n')}
</nav>`;
}

function layout(page, { html, title }, kinds) {
  const language = languageOf(page);
  const words = WORDS[language];
  const file = (path) => linkFrom(page, path.replace('scripts/', 'public/'));
  const other = inOtherLanguage(page);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Tobiishi</title>
<link rel="icon" href="${file('public/favicon.svg')}">
<link rel="stylesheet" href="${file('public/style.css')}">
<link rel="stylesheet" href="${file('scripts/docs.css')}">
</head>
<body>
<header>
<a class="skip" href="#content">${words.skip}</a>
<a class="brand" href="${linkFrom(page, OVERVIEW[language])}"><img src="${file('public/favicon.svg')}" alt="" width="32" height="32"> Tobiishi <span lang="ja">飛び石</span></a>
<span class="languages"><a class="to-pages" href="#pages">${words.pages}</a>
<a href="${linkFrom(page, other)}" lang="${languageOf(other)}">${languageOf(other) === 'ja' ? '日本語' : 'English'}</a></span>
</header>
<div class="pages">
<main id="content" tabindex="-1">
${html}</main>
${navigation(page, kinds)}
</div>
</body>
</html>
`;
}

function write(path, content) {
  mkdirSync(dirname(join(FOLDER, path)), { recursive: true });
  writeFileSync(join(FOLDER, path), content);
}

rmSync(FOLDER, { recursive: true, force: true });
for (const file of STYLES) write(file.replace('scripts/', 'public/'), readFileSync(file));
const kinds = readKinds();
const reached = new Set(['README.md', ...kinds.flatMap(({ links }) => links.map(({ target }) => target))]);
// Grows while it is gone through.
for (const path of reached) {
  if (!path.endsWith('.md')) {
    cpSync(path, join(FOLDER, path), { recursive: true });
    continue;
  }
  const page = render(path);
  for (const target of page.targets) reached.add(target);
  write(renamed(path), layout(path, page, kinds));
}
console.log(`the documentation: ${join(FOLDER, 'index.html')}`);
