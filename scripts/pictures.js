// Takes pictures of the real pages into docs/pictures: `npm run pictures`, after `npm run build`. They are kept, so that a
// change of the style can be compared by eye. The shop that is scraped for them is a server of this script.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FOLDER = 'docs/pictures';
const VIEWS = {
  wide: { viewport: { width: 1280, height: 800 }, locale: 'en' },
  narrow: { viewport: { width: 375, height: 720 }, locale: 'ja', colorScheme: 'dark' },
};
const NAMES = ['Iron kettle', 'Tea bowl', 'Bamboo whisk', 'Cedar tray', 'Linen cloth', 'Sake cup'];
const ROWS_A_PAGE = 10;
const PAGES = 6;

const shop = createServer((req, res) => {
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  const page = Number(/^\/list\/(\d)$/.exec(req.url ?? '')?.[1] ?? 0);
  if (page === 0) return res.writeHead(404).end();
  const items = Array.from({ length: ROWS_A_PAGE }, (_, i) => (page - 1) * ROWS_A_PAGE + i + 1).map(
    (n) => `<li><a href="/item/${n}">${NAMES[n % NAMES.length]} no. ${n}</a> <b>¥${((n * 370) % 9000) + 800}</b></li>`,
  );
  const next = page < PAGES ? `<a rel="next" href="/list/${page + 1}">next</a>` : '';
  res.end(`<h1>Shop</h1><ul>${items.join('')}</ul>${next}`);
});

async function startServer(allowed) {
  const data = mkdtempSync(join(tmpdir(), 'tobiishi-pictures-'));
  const child = spawn(process.execPath, ['dist/server/main.js'], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      NODE_ENV: 'development',
      DATABASE_URL: join(data, 'tobiishi.db'),
      ALLOW_HOSTS: allowed,
      MIN_DELAY_MS: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = async () => {
    child.kill();
    await once(child, 'exit');
    rmSync(data, { recursive: true });
  };
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    const port = /ready on http:\/\/\S+:(\d+)/.exec(said)?.[1];
    if (port) return { url: `http://localhost:${port}`, end };
  }
  throw new Error(`the server ended: ${said}`);
}

/** Opens the form with these fields, and presses the button. */
async function start(page, url, job, fields) {
  await page.goto(`${url}/jobs/${job}?${new URLSearchParams(fields)}`);
  await page.locator('#job button.main:text-matches("Start|開始")').first().click({ noWaitAfter: true });
  await page.waitForURL(/\/runs\//, { waitUntil: 'commit' });
}

await once(shop.listen(0), 'listening');
const host = `localhost:${shop.address().port}`;
const server = await startServer(host);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const list = {
  urls: `http://${host}/list/1`,
  row: 'li',
  columns: 'name: a\nprice: b\nlink: a@href',
  next: 'a[rel=next]',
  delay: '0',
};
mkdirSync(FOLDER, { recursive: true });
for (const [view, options] of Object.entries(VIEWS)) {
  const page = await (
    await browser.newContext({ timezoneId: 'Asia/Tokyo', reducedMotion: 'reduce', ...options })
  ).newPage();
  const take = (name, fullPage = false) => page.screenshot({ path: join(FOLDER, `${name}-${view}.png`), fullPage });
  await page.goto(`${server.url}/`);
  await take('home');
  await page.goto(`${server.url}/jobs/scrape`);
  await take('form');
  await start(page, server.url, 'scrape', { ...list, delay: '2' });
  await page.waitForSelector('#run[data-seq="3"]', { timeout: 60_000 });
  await take('running');
  await start(page, server.url, 'scrape', list);
  await page.waitForSelector('#run[data-status=done]', { timeout: 60_000 });
  await take('done');
  await page.goto(`${server.url}/styles`);
  await take('styles', true);
  console.log(`${view}: five pictures in ${FOLDER}`);
}
await browser.close();
await server.end();
shop.close();
