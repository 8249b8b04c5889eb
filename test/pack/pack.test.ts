import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, test } from 'node:test';
import type { Browser, BrowserContext, Page, Response } from 'playwright-core';
import { docsAddress } from '../../src/http/root.js';
import { launchShell } from '../e2e/browser.js';
import { addressesIn } from '../fixtures/addresses.js';
import { programsIn } from './docs.js';
import { install, packProject } from './package.js';
import { type Program, startProgram } from './program.js';

const MOUNTS = ['/tools/jobs', '/other'];
const APP = 'two-mounts.js';

let packed: ReturnType<typeof packProject>;
let shell: Awaited<ReturnType<typeof launchShell>>;
before(async () => {
  packed = packProject();
  shell = await launchShell();
});
after(() => shell.close());

test('the package has what its users need, and nothing else', () => {
  const has = (path: string) => packed.files.includes(path);
  for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts', 'dist/jobs.d.ts']) {
    assert.ok(has(path), path);
  }
  for (const path of ['dist/testing/index.d.ts', 'views/layout.ejs', 'locales/ja.json', 'public/style.css']) {
    assert.ok(has(path), path);
  }
  const strangers = packed.files.filter((path) =>
    /^(test|bench|src|chaos|scripts)\/|\.map$|tsconfig|tsbuildinfo/.test(path),
  );
  assert.deepEqual(strangers, []);
});

test('without the packages for PostgreSQL, whoever asks for it is told to install them', () => {
  const folder = install(packed.tarball, { zod: 'zod' });
  const program = `import { tobiishi } from 'tobiishi'; await tobiishi({ database: 'postgres://localhost/absent' });`;
  writeFileSync(join(folder, 'app.mjs'), program);
  const { status, stderr } = spawnSync(process.execPath, ['app.mjs'], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /PostgreSQL needs two more packages: npm install pg connect-pg-simple/);
});

test('its command reads a site, in the threads of its pool', async (t) => {
  const site = createServer((_req, res) =>
    res.setHeader('content-type', 'text/html').end('<ul><li><b>one</b><li><b>two</b></ul>'),
  );
  await once(site.listen(0, '127.0.0.1'), 'listening');
  t.after(() => site.close());
  const host = `127.0.0.1:${(site.address() as AddressInfo).port}`;
  const folder = install(packed.tarball, { zod: 'zod' });
  const fields = [`--urls=http://${host}/`, '--row=li', '--columns=name: b', '--delay=0'];
  const child = spawn(
    process.execPath,
    ['node_modules/tobiishi/dist/cli/main.js', 'run', 'scrape', ...fields, '--out', '-'],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], ALLOW_HOSTS: host, IGNORE_ROBOTS: host, MIN_DELAY_MS: '0' },
    },
  );
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.deepEqual(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name),
    ['one', 'two'],
    err,
  );
});

/** A window on one mount: every step that was answered, and every address that led out of it. */
interface Watch {
  readonly page: Page;
  readonly mount: string;
  readonly seqs: Set<number>;
  readonly outside: string[];
  readonly reading: Promise<void>[];
}

async function watch(context: BrowserContext, mount: string): Promise<Watch> {
  const page = await context.newPage();
  const watched: Watch = { page, mount, seqs: new Set(), outside: [], reading: [] };
  page.on('request', (request) => check(watched, request.url()));
  page.on('response', (response) => watched.reading.push(read(watched, response)));
  return watched;
}

async function read(watched: Watch, response: Response): Promise<void> {
  const headers = await response.allHeaders();
  const seq = /seq=(\d+)/.exec(headers['tobiishi-run'] ?? '')?.[1];
  if (seq !== undefined) watched.seqs.add(Number(seq));
  if (headers['location'] !== undefined) check(watched, new URL(headers['location'], response.url()).href);
  if (response.status() !== 200 || !headers['content-type']?.startsWith('text/html')) return;
  // A page that was left before it was read whole is looked at when it is seen again.
  const html = await response.text().catch(() => '');
  for (const address of addressesIn(html)) check(watched, new URL(address, response.url()).href);
}

function check({ mount, outside }: Watch, address: string): void {
  const { protocol, pathname } = new URL(address);
  // The documentation is not ours, and the same for every mount.
  if (address === docsAddress) return;
  if (protocol.startsWith('http') && !pathname.startsWith(`${mount}/`)) outside.push(address);
}

/** Starts the wait of a second by its form, and sees it through to its end; answers the run's address. */
async function wait({ page, mount }: Watch, url: string): Promise<string> {
  await page.goto(`${url}${mount}/`);
  await page.click(`a[href="${mount}/jobs/wait"]`);
  await page.fill('[name=seconds]', '1');
  await page.press('[name=seconds]', 'Enter', { noWaitAfter: true });
  await page.waitForSelector('#run[data-status=done]');
  return new URL(page.url()).pathname;
}

async function share({ page }: Watch, url: string, run: string): Promise<string> {
  await page.goto(`${url}${run}/share`);
  await page.click(`form[action="${run}/share"] button`);
  return page.inputValue('#address');
}

async function logIn(context: BrowserContext, url: string, name: string): Promise<string> {
  const page = await context.request.post(`${url}/login`, { form: { name } });
  return page.text();
}

async function visit(browser: Browser, { url }: Program, javaScriptEnabled: boolean): Promise<void> {
  const [context, other] = await Promise.all([browser.newContext({ javaScriptEnabled }), browser.newContext()]);
  assert.equal(await (await context.request.get(url)).text(), 'Hello stranger');
  assert.equal(await logIn(context, url, 'ann'), 'Hello ann');
  await logIn(other, url, 'bob');

  // Of two first forms at once, each would make the token of their session.
  await context.request.get(`${url}${MOUNTS[0]}/jobs/wait`);
  const watches = await Promise.all(MOUNTS.map((mount) => watch(context, mount)));
  const runs = await Promise.all(watches.map((each) => wait(each, url)));
  for (const [i, watched] of watches.entries()) {
    const run = runs[i] ?? '';
    assert.equal(await watched.page.textContent('#seq'), '5');
    const shared = await share(watched, url, run);
    check(watched, shared);
    assert.equal((await other.request.get(shared)).status(), 200, 'the link is for everybody');
    assert.equal((await other.request.get(`${url}${run}`)).status(), 404, 'the run is not');
    await Promise.all(watched.reading);
    assert.deepEqual([...watched.seqs], [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(watched.outside, []);
  }
  assert.deepEqual(
    (await context.cookies()).map(({ name, path }) => `${name} at ${path}`),
    ['connect.sid at /'],
    'no cookie but that of the app',
  );
  if (javaScriptEnabled)
    assert.deepEqual(
      await workerScopes(watches),
      MOUNTS.map((mount) => `${url}${mount}/runs/`),
    );
  const home = await context.request.get(url);
  assert.equal(await home.text(), 'Hello ann');
  for (const header of ['content-security-policy', 'tobiishi', 'x-request-id'])
    assert.equal(home.headers()[header], undefined);
  await Promise.all([context.close(), other.close()]);
}

async function workerScopes(watches: readonly Watch[]): Promise<readonly string[] | undefined> {
  const scopes = await watches[0]?.page.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations();
    return registrations.map(({ scope }) => scope);
  });
  return scopes?.sort().reverse();
}

describe('installed in an empty folder, in two mounts with two databases', { concurrency: true }, () => {
  for (const [name, source] of [
    ['Express 5', 'express'],
    ['Express 4', 'express4'],
  ] as const) {
    it(`counts to 5 in both at once beside ${name}, with and without JavaScript, and stays inside`, async (t) => {
      const beside = { express: source, zod: 'zod', 'express-session': 'express-session', compression: 'compression' };
      const folder = install(packed.tarball, beside);
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
      const app = programsIn('docs/embed.md').find(({ file }) => file === APP);
      writeFileSync(join(folder, APP), app?.text ?? '');
      const program = await startProgram(folder, APP);
      t.after(() => program.stop('SIGKILL'));
      await Promise.all([true, false].map((javaScript) => visit(shell.browser, program, javaScript)));
    });
  }
});
