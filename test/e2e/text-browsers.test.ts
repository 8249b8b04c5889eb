import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS } from '../fixtures/patience.js';
import { type Server, startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';

/** Why a test cannot be run here, or null. `script` gives a browser the terminal it wants. */
function missing(...commands: string[]): string | null {
  const absent = commands.filter((command) => spawnSync('which', [command]).status !== 0);
  return absent.length === 0 ? null : `not installed: ${absent.join(', ')}`;
}

/** Without the pauses for its messages. */
const LYNX = 'lynx -nopause -accept_all_cookies';

function keysFile(keys: readonly string[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'tobiishi-keys-')), 'keys');
  writeFileSync(path, keys.map((key) => `key ${key}\n`).join(''));
  return path;
}

function inTerminal(command: string): ChildProcess {
  const home = mkdtempSync(join(tmpdir(), 'tobiishi-home-'));
  const env = { ...process.env, TERM: 'xterm', HOME: home, LANG: 'C.UTF-8', LINES: '40', COLUMNS: '100' };
  return spawn('script', ['-qfec', command, '/dev/null'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
}

// Side by side: each has a visitor and a door of its own, and most of its time is waiting.
describe('text browsers', { concurrency: true }, () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });
  after(() => server.kill('SIGKILL'));

  /** Gives whoever comes in by it the visitor's cookie, because these browsers cannot be handed one. */
  async function openDoor(t: TestContext, visitor: Visitor) {
    /** The pages that forms were answered with. */
    const answers: string[] = [];
    const proxy = createServer((req, res) => {
      const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
      const { method } = req;
      const onward = request(server.url + req.url, { method, headers: { ...req.headers, cookie } }, (answer) => {
        // Without the headers about the connection, which is another one.
        const { connection: _, 'keep-alive': __, ...headers } = answer.headers;
        res.writeHead(answer.statusCode ?? 500, headers);
        answer.pipe(res);
        if (req.method === 'POST') {
          let page = '';
          answer.setEncoding('utf8').on('data', (chunk) => {
            page += chunk;
          });
          answer.on('end', () => answers.push(page));
        }
      });
      onward.once('error', () => res.destroy());
      req.pipe(onward);
    }).listen(0, 'localhost');
    t.after(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    await once(proxy, 'listening');
    return { url: `http://localhost:${(proxy.address() as AddressInfo).port}`, answers };
  }

  /** Looks on from outside, which executes nothing, until the run is done. */
  async function finished(t: TestContext, visitor: Visitor, path: string, meanwhile: () => void): Promise<void> {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
      const { status, seq } = runHeader(await visitor.get(path));
      if (status === 'done') return t.diagnostic(`done, seq ${seq}`);
      meanwhile();
      await pause(500);
    }
    assert.fail('not done');
  }

  for (const [name, how, command, keys] of [
    ['w3m', 'following the refresh', 'w3m -o meta_refresh=1', ''],
    // Enter follows the link under the cursor, which is the first.
    ['lynx', 'its REFRESH link', LYNX, '\r'],
  ] as const) {
    it(`${name} drives a run to its end by ${how}`, { skip: missing(name, 'script') ?? false }, async (t) => {
      const visitor = new Visitor(server.url);
      const path = await visitor.start('wait', { seconds: '1' });
      const { url } = await openDoor(t, visitor);
      const browser = inTerminal(`${command} ${url}${path}`);
      try {
        await finished(t, visitor, path, () => browser.stdin?.write(keys));
      } finally {
        browser.kill('SIGKILL');
      }
    });
  }

  // From the first link past the site's name, Start and English to 日本語. Lynx takes them from a file, each when it is ready for it.
  for (const [name, command, keys] of [
    ['w3m', 'w3m', '\t\t\t\t\r'],
    ['lynx', `${LYNX} -cmd_script=${keysFile(['<tab>', '<tab>', '<tab>', '<tab>', '^J'])}`, ''],
  ] as const) {
    it(`${name} changes the language of a form, which keeps what is filled in and starts nothing`, {
      skip: missing(name, 'script') ?? false,
    }, async (t) => {
      const visitor = new Visitor(server.url);
      await (await visitor.get('/jobs/wait')).text();
      const { url, answers } = await openDoor(t, visitor);
      // One that is slow to start throws away what is typed meanwhile: then it is started again, and given longer.
      for (let waitMs = 500; answers.length === 0 && waitMs < PATIENCE_MS; waitMs *= 2) {
        const browser = inTerminal(`${command} ${url}/jobs/wait?seconds=7`);
        try {
          await pause(waitMs);
          for (const key of keys) {
            browser.stdin?.write(key);
            await pause(waitMs / 5);
          }
          await pause(waitMs);
        } finally {
          browser.kill('SIGKILL');
        }
      }
      assert.match(answers.join(), /<html lang="ja">[\s\S]* value="7"/);
      assert.doesNotMatch(await (await visitor.get('/')).text(), /href="\/runs\//);
    });
  }
});
