import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'cheerio';

const IN_DOCS = readdirSync('docs').filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...IN_DOCS.map((name) => `docs/${name}`)];

/** The page without its code, in which nothing is a link or a heading. */
function proseOf(page: string): string {
  return readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
}

/** Where the links and pictures of a page lead, those to other sites left out. */
function linksIn(page: string): readonly string[] {
  const found = proseOf(page).matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g);
  return Array.from(found, ([, link, picture]) => link ?? picture ?? '').filter((to) => !/^[a-z]+:/.test(to));
}

/** The anchors that the code host gives to the headings of a page. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n += 1) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

describe('the documentation', () => {
  for (const page of PAGES) {
    it(`has no link that leads nowhere: ${page}`, () => {
      for (const link of linksIn(page)) {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : normalize(join(dirname(page), path));
        assert.ok(existsSync(target), `${link}: there is no ${target}`);
        if (anchor !== undefined) assert.ok(anchorsOf(target).has(anchor), `${link}: ${target} has no such heading`);
      }
    });
  }

  it('is all found from its first page', () => {
    const listed = new Set(linksIn('docs/README.md').map((link) => link.split('#')[0]));
    assert.deepEqual(
      IN_DOCS.filter((name) => name !== 'README.md' && !listed.has(name)),
      [],
    );
  });
});

describe('the documentation as a site', () => {
  it('has every page, and no link, picture or anchor that leads nowhere', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'docs-'));
    t.after(() => rmSync(folder, { recursive: true }));
    execFileSync(process.execPath, ['scripts/docs.js', folder]);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const pages = new Map(
      files.filter((name) => name.endsWith('.html')).map((name) => [name, load(readFileSync(join(folder, name)))]),
    );
    for (const name of IN_DOCS) assert.ok(pages.has(`docs/${name === 'README.md' ? 'index' : name.slice(0, -3)}.html`));
    for (const [name, $] of pages) {
      for (const element of $('[href], [src]').toArray()) {
        const link = element.attribs['href'] ?? element.attribs['src'] ?? '';
        if (/^https?:/.test(link)) continue;
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? name : normalize(join(dirname(name), path));
        assert.ok(files.includes(target), `${name}: ${link}: there is no ${target}`);
        if (anchor !== undefined) assert.equal(pages.get(target)?.(`[id="${anchor}"]`).length, 1, `${name}: ${link}`);
      }
    }
  });
});
