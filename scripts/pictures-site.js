// What pictures are taken of: the real server, and a shop of six pages for it to read.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** Always the same, so that a picture changes only when the pages do. */
const SHOP_PORT = 4321;
/** The shop's host; its first page is `/list/1`. */
export const SHOP = `localhost:${SHOP_PORT}`;

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

/** Opens the shop, the server and a browser; `close()` ends them. */
export async function openSite() {
  await once(shop.listen(SHOP_PORT, 'localhost'), 'listening');
  const server = await startServer(SHOP);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const close = async () => {
    await browser.close();
    await server.end();
    shop.close();
  };
  return { url: server.url, browser, close };
}

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
