// Takes pictures of the real pages into docs/pictures: `npm run pictures`. They are kept, so that a change of the style can
// be compared by eye.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openSite, SHOP } from './pictures-site.js';

const FOLDER = 'docs/pictures';
const VIEWS = {
  wide: { viewport: { width: 1280, height: 800 }, locale: 'en' },
  narrow: { viewport: { width: 375, height: 720 }, locale: 'ja', colorScheme: 'dark' },
};
/** Opens the form with these fields, and presses the button. */
async function start(page, url, job, fields) {
  await page.goto(`${url}/jobs/${job}?${new URLSearchParams(fields)}`);
  await page.locator('#job button.main:text-matches("Start|開始")').first().click({ noWaitAfter: true });
  await page.waitForURL(/\/runs\//, { waitUntil: 'commit' });
}

const { url, browser, close } = await openSite();
const list = {
  urls: `http://${SHOP}/list/1`,
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
  await page.goto(`${url}/`);
  await take('home');
  await page.goto(`${url}/jobs/scrape`);
  await page.locator('#f-urls').fill(`http://${SHOP}/list/1`);
  await take('form');
  await page.locator('button[name="_to:propose"]').click();
  await page.locator('#found').waitFor();
  await take('found');
  await start(page, url, 'scrape', { ...list, delay: '2' });
  // A slice may step over a number.
  await page.waitForFunction(() => Number(document.getElementById('run')?.dataset.seq) >= 3, null, { timeout: 60_000 });
  await take('running');
  await start(page, url, 'scrape', list);
  await page.waitForSelector('#run[data-status=done]', { timeout: 60_000 });
  await take('done');
  await page.goto(`${url}/styles`);
  await take('styles', true);
  console.log(`${view}: six pictures in ${FOLDER}`);
}
await close();
