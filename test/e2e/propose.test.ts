import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { startServer } from '../fixtures/server.js';
import { serve } from '../scrape/fetch/serve.js';
import { LISTING_PAGES } from '../scrape/find/pages.js';
import { violations } from './axe.js';
import { launchShell } from './browser.js';

/** Looks at the page, and again where that took longer than an answer may: the first look of a busy machine's process. */
async function lookAt(page: Page): Promise<void> {
  for (let i = 0; i < 10 && (await page.locator('form.proposal').count()) === 0; i += 1) {
    await Promise.all([page.waitForEvent('load'), page.click('text=ページを調べる')]);
  }
}

const SHOP = LISTING_PAGES.find(({ name }) => name.includes('WordPress'));

for (const javaScriptEnabled of [true, false]) {
  describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    it('an address becomes a table of two pages, on a telephone, in Japanese', async (t) => {
      assert.ok(SHOP);
      const shop = await serve(t, (request, response) => {
        const page = SHOP.html.replaceAll('https://shop.example', `http://${request.headers.host}`);
        response.setHeader('content-type', 'text/html; charset=utf-8');
        const second = page.replaceAll('Assam', 'Ceylon').replace(/<nav class="woocommerce[\s\S]*?<\/nav>/, '');
        response.end(request.url === '/tea/' ? page : second);
      });
      const server = await startServer({ SERVICE_WORKER: 'off', ALLOW_HOSTS: shop.host });
      t.after(() => server.kill('SIGKILL'));
      const { browser, close } = await launchShell();
      t.after(close);
      const context = await browser.newContext({
        javaScriptEnabled,
        locale: 'ja-JP',
        viewport: { width: 375, height: 700 },
      });
      const page = await context.newPage();
      await page.goto(`${server.url}/jobs/scrape`);
      await page.fill('#f-urls', `${shop.origin}/tea/`);
      await lookAt(page);
      const proposal = page.locator('form.proposal').first();
      assert.equal(await proposal.getAttribute('data-rows'), '9');
      assert.ok(
        Number(await page.evaluate('document.documentElement.scrollWidth')) <= 375,
        'nothing is wider than the screen',
      );
      const pressedByEnter = await page.locator('#example').evaluate((field: HTMLInputElement) => {
        const controls = Array.from(field.form?.elements ?? []);
        return controls.find((control) => control instanceof HTMLButtonElement)?.textContent;
      });
      assert.equal(pressedByEnter, '探す', 'Enter in a field presses the first button of its form');
      await proposal.locator('input[value=price]').fill('値段');
      await proposal.getByRole('button', { name: 'この表にする' }).click();
      assert.match(await page.inputValue('#f-columns'), /^値段: /m);
      await page.fill('#f-delay', '0');
      await page.locator('.asking button.main').click();
      await page.waitForSelector('main[data-status=done]');
      const rows = await page.request.get(`${page.url().split('?')[0]}/rows.json`);
      const table: Record<string, string>[] = await rows.json();
      assert.equal(table.length, 18);
      const [titles = []] = SHOP.columns;
      const cells = Object.values(table[0] ?? {});
      assert.ok(cells.includes(titles[0] ?? ''), JSON.stringify(table[0]));
      assert.equal(table[4]?.['値段'], '9.90 € 7.90 €');
    });
  });
}

describe('pointing at the page', () => {
  it('takes a column by a click and by the keyboard, on a telephone, in Japanese; nothing of the page runs', async (t) => {
    const hostile = `<body onload="fetch('/ran')"><script>fetch('/ran')</script><style>@import "/style"; h1 { background: url(/style) }</style>
      <img src="/picture" onerror="fetch('/ran')"><iframe src="/frame"></iframe><form action="/sent"><input name="parentElement"></form>`;
    const teas = ['Assam', 'Sencha', 'Oolong', 'Yunnan'].map(
      (name, i) =>
        `<li><h2>${name}</h2><b>${i + 3}.50 €</b> <a href="/tea/${i}" style="display: block">${name} of the garden</a></li>`,
    );
    const shop = await serve(t, (request, response) => {
      response.setHeader('content-type', 'text/html');
      const next = request.url === '/' ? '<p><a href="/?p=2" id="on">››</a></p>' : '';
      response.end(`${hostile}<h1>Teas</h1><ul>${teas.join('')}</ul>${next}`);
    });
    const server = await startServer({ SERVICE_WORKER: 'off', ALLOW_HOSTS: shop.host });
    t.after(() => server.kill('SIGKILL'));
    const { browser, close } = await launchShell();
    t.after(close);
    const context = await browser.newContext({
      locale: 'ja-JP',
      viewport: { width: 375, height: 700 },
      hasTouch: true,
    });
    const page = await context.newPage();
    const looksRight = async (name: string) => {
      const width = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(width) <= 375, `${name} is ${width} px wide`);
      for (const [colorScheme, look] of [
        ['light', 'all'],
        ['dark', 'colours'],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await violations((code) => page.evaluate(code), look), [], `${name}, ${colorScheme}`);
      }
    };
    await page.goto(`${server.url}/jobs/scrape`);
    await page.fill('#f-urls', `${shop.origin}/`);
    await lookAt(page);
    await looksRight('proposals');
    await page.locator('button', { hasText: 'ページの上で選ぶ' }).first().click();
    const frame = page.frameLocator('#frame');
    await frame.locator('h1').waitFor();

    /** Taps where an element of the frame is; the cover above it is what is tapped. */
    const tap = async (selector: string) => {
      await frame.locator(selector).first().scrollIntoViewIfNeeded();
      const box = await frame.locator(selector).first().boundingBox();
      assert.ok(box, selector);
      await page.touchscreen.tap(box.x + 3, box.y + 3);
    };
    const chosen = async (count: number, rows: number) => {
      await page.waitForFunction(
        ([wanted, many]) =>
          document.querySelectorAll('#answer input[name=columns]:checked').length === wanted &&
          document.querySelector<HTMLElement>('#answer form')?.dataset['rows'] === String(many),
        [count, rows],
      );
    };
    await tap('li b');
    await chosen(1, 4);
    // Out to the row, in to its heading: Enter takes that, too.
    await page.focus('#cover');
    for (const key of ['ArrowUp', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await chosen(2, 4);
    await page.check('#modes input[value=next]');
    await tap('#on');
    await page.waitForSelector('#answer input[name=next]:checked');
    assert.equal(await page.locator('#picks li').count(), 3);
    assert.equal(await frame.locator('[data-tobiishi-is~=taken]').count(), 12, 'four rows, and two cells of each');
    await looksRight('the picker');
    await page.locator('#answer').getByRole('button', { name: 'この表にする' }).click();
    assert.match(await page.inputValue('#f-columns'), /b$|b\n/m);
    assert.deepEqual(
      shop.requests.filter((path) => !/^\/(?:robots\.txt|\?p=2)?$/.test(path)),
      [],
      'the page is asked for, and nothing that stands in it',
    );
  });
});
