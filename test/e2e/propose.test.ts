import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startServer } from '../fixtures/server.js';
import { serve } from '../scrape/fetch/serve.js';
import { LISTING_PAGES } from '../scrape/find/pages.js';
import { launchChromium } from './browser.js';

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
      const { browser, close } = await launchChromium();
      t.after(close);
      const context = await browser.newContext({
        javaScriptEnabled,
        locale: 'ja-JP',
        viewport: { width: 375, height: 700 },
      });
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(`${server.url}/jobs/scrape`);
      await page.fill('#f-urls', `${shop.origin}/tea/`);
      await page.click('text=ページを調べる');
      const proposal = page.locator('form.proposal').first();
      assert.equal(await proposal.getAttribute('data-rows'), '9');
      assert.ok(
        Number(await page.evaluate('document.documentElement.scrollWidth')) <= 375,
        'nothing is wider than the screen',
      );
      await proposal.locator('input[value=price]').fill('値段');
      await proposal.getByRole('button', { name: 'この表にする' }).click();
      assert.match(await page.inputValue('#f-columns'), /^値段: /m);
      await page.fill('#f-delay', '0');
      await page.locator('.asking button.main').click();
      await page.waitForSelector('main[data-status=done]', { timeout: 120_000 });
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
