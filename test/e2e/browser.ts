import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { PATIENCE_MS } from '../fixtures/patience.js';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Painting the one stone that breathes is most of the work of a page that waits. */
export const UNMOVED = '--force-prefers-reduced-motion';

interface Launched {
  readonly browser: Browser;
  close(): Promise<void>;
}

/**
 * A real Chromium, launched without the switches that test tools add: those turn off timer throttling, flood
 * protection and the back/forward cache, all of which the chain has to live with.
 */
export const launchChromium = (...switches: string[]): Promise<Launched> => launchOrAgain(CHROMIUM, switches);

/**
 * The same without the windows and services of a browser, for a third of the work: pages do there what they do in any
 * Chromium. What a browser does around them, such as asking again or opening pages ahead, it does not. Nothing moves unless
 * a test wants it.
 */
export const launchShell = (): Promise<Launched> => launchOrAgain(process.env['CHROMIUM_SHELL'] ?? CHROMIUM, [UNMOVED]);

/** On a busy machine one starts now and then and answers nothing. */
const launchOrAgain = (program: string, switches: readonly string[]): Promise<Launched> =>
  launch(program, switches).catch(() => launch(program, switches));

async function launch(program: string, switches: readonly string[]): Promise<Launched> {
  const { address, end } = await startChromium(program, switches);
  try {
    const browser = await chromium.connectOverCDP(address, { timeout: PATIENCE_MS });
    browser.on('context', (context) => context.setDefaultTimeout(PATIENCE_MS));
    const newContext = browser.newContext.bind(browser);
    // Else Playwright has each page told that motion is wanted, whatever the browser was launched with.
    browser.newContext = (options) => newContext({ reducedMotion: null, ...options });
    return { browser, close: () => browser.close().then(end) };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The address at which it takes orders, and what ends it. */
export async function startChromium(
  program = CHROMIUM,
  switches: readonly string[] = [],
): Promise<{ address: string; end: () => Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'tobiishi-chromium-'));
  const child = spawn(
    program,
    [
      '--headless=new',
      // The page of a new tab, which nobody looks at.
      '--no-startup-window',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      '--disable-gpu',
      '--no-first-run',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A process made ahead for whatever page may come next: half of those that start.
      '--disable-features=SpareRendererForSitePerProcess',
      ...switches,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
    // A group of its own, so that its helper processes end with it.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  const end = async () => {
    if (child.pid !== undefined && child.exitCode === null) {
      const gone = once(child, 'exit');
      process.kill(-child.pid, 'SIGKILL');
      await gone;
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    return { address: await debuggingAddress(child), end };
  } catch (error) {
    await end();
    throw error;
  }
}

function debuggingAddress(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address) found(address);
    });
    child.once('exit', (code) => failed(new Error(`Chromium ended with ${code}: ${said}`)));
  });
}
