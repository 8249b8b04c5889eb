import { runHeader } from '../../test/fixtures/visitor.js';
import { type Attack, counted, type Field, ready } from '../attack.js';
import { HOSTILE_PAGES, type HostilePage } from './hostile-pages.js';

const nothing = '<p>nothing';

function fieldsOf({ row = '', columns = 'text:', next = '' }: HostilePage): Record<string, string> {
  return { row, columns, next, delay: '0', limit: '2' };
}

/** Scrapes as a visitor who means harm; answers the run's last status and what failed. */
export async function scrape({ visitor }: Field, fields: Record<string, string>): Promise<string> {
  const somebody = visitor();
  const path = await somebody.start('scrape', { columns: 'text:', delay: '0', ...fields });
  const { response } = await somebody.drive(path);
  const html = await response.text();
  const { status } = runHeader(response);
  const failures = [...(await (await somebody.get(`${path}/failures.csv`)).text()).matchAll(/"([a-z-]+)",/g)];
  const code = failures.map(([, found]) => found).find((found) => found?.includes('-'));
  return code ?? `${status}, ${html.length} bytes`;
}

function pageAttack(name: string, page: HostilePage): Attack {
  return {
    name: `a page: ${name}`,
    pages: () => ({ '/robots.txt': '', '/': page.html() }),
    prepare: ready((field) => scrape(field, { ...fieldsOf(page), urls: `${field.site}/` })),
  };
}

const previews: Attack = {
  name: 'previews of costly pages, ten at once',
  pages: () => ({ '/robots.txt': '', '/': HOSTILE_PAGES['open fonts between']?.html() ?? nothing }),
  prepare: ready(async ({ visitor, site }) => {
    const tries = Array.from({ length: 10 }, async () => {
      const fields = { urls: `${site}/`, row: 'p', columns: 'text:', delay: '0' };
      return (await visitor().submit('/jobs/scrape', '/jobs/scrape/preview', fields)).status;
    });
    return counted(await Promise.all(tries));
  }),
};

const crowd: Attack = {
  name: 'ten runs of costly pages at once',
  pages: () => ({ '/robots.txt': '', '/': HOSTILE_PAGES['a large tree']?.html() ?? nothing }),
  prepare: ready(async (field) => {
    const fields = { urls: `${field.site}/`, row: 'p' };
    return (await Promise.all(Array.from({ length: 10 }, () => scrape(field, fields)))).join(' | ');
  }),
};

const robots: Attack = {
  name: 'a robots.txt of 500 KB against a long address',
  pages: () => ({
    '/robots.txt': `User-agent: *\n${Array.from({ length: 30_000 }, (_, i) => `Disallow: *a${i}*`).join('\n')}`,
    '/': nothing,
  }),
  prepare: ready((field) => scrape(field, { urls: `${field.site}/${'a1/'.repeat(2000)}` })),
};

const sitemap: Attack = {
  name: 'a sitemap of 50 MB',
  pages: () => ({
    '/robots.txt': '',
    '/sitemap.xml': `<urlset>${'<url><loc>http://a.example/p</loc></url>'.repeat(1_250_000)}`,
  }),
  prepare: ready((field) => scrape(field, { sitemap: `${field.site}/sitemap.xml`, limit: '1' })),
};

/** Starts a scrape of a list of addresses, pasted or as a file; answers the status. */
async function sendList({ visitor }: Field, name: string, list: string | File): Promise<string> {
  const somebody = visitor();
  const html = await (await somebody.get('/jobs/scrape')).text();
  const form = new FormData();
  form.set('_csrf', /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '');
  form.set('job', 'scrape');
  form.set('columns', 'text:');
  form.set(name, list);
  return String((await somebody.send('/runs', form)).status);
}

const wrongLines: Attack = {
  name: 'a million wrong lines',
  prepare: ready((field) => sendList(field, 'urls', 'x\n'.repeat(1_000_000))),
};

const file: Attack = {
  name: 'a file of wrong lines',
  prepare: ready((field) => sendList(field, 'urlsFile', new File(['x\n'.repeat(290_000)], 'list.txt'))),
};

/** What is read makes work, or takes memory. */
export const PAGE_ATTACKS: readonly Attack[] = [
  ...Object.entries(HOSTILE_PAGES).map(([name, page]) => pageAttack(name, page)),
  previews,
  crowd,
  robots,
  sitemap,
  wrongLines,
  file,
];
