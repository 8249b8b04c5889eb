import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Clock, systemClock } from '../../src/core/clock.js';
import type { RunStatus } from '../../src/core/run.js';
import { VIEWS, type View } from '../../src/pages/send.js';
import { Visitor } from '../fixtures/visitor.js';
import { failing, polite, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

/** For which the five seconds of the shortest probe are over at once. */
const clock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => (ms === 5000 ? Promise.resolve() : systemClock.sleep(ms, signal)),
};

let site: Site;
before(async () => {
  site = await startSite([rows, failing, polite], { clock, background: true });
});
after(() => site.close());

/** Pages behind a password, what is pointed at and what is watched have tests of their own. */
type Shown = Exclude<View, 'login' | 'point' | 'watch' | `operator${string}`>;

/** What only the view has. */
const MARKS: Readonly<Record<Shown, RegExp>> = {
  confirm: /<button class="danger">/,
  error: /<p class="code">404<\/p>/,
  files: /Files of Rows/,
  home: /<main class="home">/,
  host: /<main class="narrow host"/,
  job: /<form [^>]*id="job"/,
  name: /<input type="text" id="f-name"/,
  privacy: /<h2>[^<]*Delete everything of mine/,
  probe: /<p class="lead">It was held for 5 sec/,
  rows: /<section class="row"/,
  run: /<main id="run"/,
  schedule: /name="repeat"/,
  share: /<h1>[^<]*[Ss]hare/,
  styles: /<main class="styles"/,
  tokens: /name="label"/,
};

/** A page of each status of a run. */
const LEADS: Readonly<Record<RunStatus, RegExp>> = {
  running: /<p class="doing">/,
  paused: /<button id="resume"/,
  failed: /<div class="notice bad" role="alert">/,
  done: /href="[^"]*_run=/,
  cancelled: /data-status="cancelled"/,
};

async function openedBy(visitor: Visitor): Promise<{ runs: Record<RunStatus, string>; pages: Record<Shown, string> }> {
  const done = await visitor.start('rows');
  await visitor.drive(done);
  const failed = await visitor.start('failing');
  await visitor.drive(failed);
  const paused = await visitor.start('rows');
  await visitor.submit(paused, `${paused}/pause`);
  const cancelled = await visitor.start('rows');
  await visitor.submit(`${cancelled}/cancel`, `${cancelled}/cancel`);
  const running = await visitor.start('polite');
  await visitor.get(`${running}?seq=0`);
  return {
    runs: { running, paused, failed, done, cancelled },
    pages: {
      confirm: `${done}/delete`,
      error: '/nothing',
      files: `${done}/files`,
      home: '/',
      host: '/host',
      job: '/jobs/rows',
      name: `${done}/name`,
      privacy: '/privacy',
      probe: '/host/probe?seconds=5',
      rows: `${done}/rows`,
      run: running,
      schedule: `${done}/schedule`,
      share: `${done}/share`,
      styles: '/styles',
      tokens: '/tokens',
    },
  };
}

function assertWhole(html: string, what: string): void {
  assert.ok(html.trimEnd().endsWith('</html>'), what);
  assert.doesNotMatch(html, /undefined|\[object|NaN|&lt;%/, what);
}

test('each view is a file, and is rendered with what its action gives it', async () => {
  const files = readdirSync('views').filter((name) => /^[a-z].*\.ejs$/.test(name) && name !== 'layout.ejs');
  assert.deepEqual(files.map((name) => name.replace('.ejs', '')).sort(), [...VIEWS].sort());
  const visitor = new Visitor(site.url);
  const { pages } = await openedBy(visitor);
  for (const [view, path] of Object.entries(pages) as [Shown, string][]) {
    const html = await (await visitor.get(path)).text();
    assert.match(html, MARKS[view], view);
    assertWhole(html, view);
  }
});

test('a run is shown in every status, to its owner and to whoever has the link', async () => {
  const visitor = new Visitor(site.url);
  const { runs } = await openedBy(visitor);
  for (const [status, path] of Object.entries(runs) as [RunStatus, string][]) {
    const html = await (await visitor.get(path)).text();
    assert.match(html, LEADS[status], status);
    assertWhole(html, status);
    await visitor.submit(`${path}/share`, `${path}/share`);
    const link = /href="(\/shared\/[\w-]{22})"/.exec(await (await visitor.get(`${path}/share`)).text())?.[1] ?? '';
    const shared = await (await new Visitor(site.url).get(link)).text();
    assert.ok(shared.includes(`data-status="${status}"`), `${status}, shared`);
    assertWhole(shared, `${status}, shared`);
  }
});

test('a text of any alphabet arrives as it was written, on a page as long as it says', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows', { cell: '東京 à 😀 <b>' });
  const answer = await visitor.get(`${path}?lang=ja`);
  const page = Buffer.from(await answer.arrayBuffer());
  assert.match(page.toString(), /東京 à 😀 &lt;b&gt;/);
  assert.match(page.toString(), /押さないで/);
  assert.equal(Number(answer.headers.get('content-length')), page.length);
});
