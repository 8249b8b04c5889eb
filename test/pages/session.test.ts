import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SessionData, Store as SessionStore } from 'express-session';
import { Visitor } from '../fixtures/visitor.js';
import { rows, slow } from './jobs.js';
import { type Site, startSite } from './site.js';

const DAY_MS = 86_400_000;

let site: Site;
before(async () => {
  // Long enough for the held step on a busy machine.
  site = await startSite([rows, slow], { answerWithinMs: 5000 });
});
after(() => site.close());

async function storedSession(visitor: Visitor): Promise<SessionData> {
  const id = /s%3A(.+?)\./.exec(visitor.cookies.get('tobiishi') ?? '')?.[1] ?? '';
  return new Promise((resolve, reject) => {
    site.sessionStore.get(id, (error, found) => (found ? resolve(found) : reject(error ?? new Error('no session'))));
  });
}

const sessionOf = async (visitor: Visitor): Promise<Record<string, unknown>> => ({
  ...(await storedSession(visitor)).tobiishi,
});

const idOf = (path: string) => path.slice('/runs/'.length);

test('what the visitor chose while a step was held stays chosen when the step is answered', async () => {
  const visitor = new Visitor(site.url);
  const [deleted, path] = [await visitor.start('rows'), await visitor.start('slow', { ms: '450' })];
  const held = visitor.get(`${path}?seq=0`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await visitor.get('/?lang=ja');
  await visitor.get('/?pages=plain');
  await visitor.submit(`${deleted}/delete`, `${deleted}/delete`);
  const started = await visitor.start('rows');
  await held;
  const { language, plain, runs, answerTimes } = await sessionOf(visitor);
  assert.equal(language, 'ja');
  assert.equal(plain, true);
  assert.deepEqual(runs, { [idOf(started)]: { job: 'rows', seq: 0 }, [idOf(path)]: { job: 'slow', seq: 1 } });
  assert.equal((answerTimes as { run: string }).run, idOf(path), 'and what the step itself did is saved');
  assert.match(await (await visitor.get(path)).text(), /<html lang="ja">/);
});

test('two requests of one moment both have what they changed saved', async () => {
  const visitor = new Visitor(site.url);
  const paths = [await visitor.start('slow', { ms: '40' }), await visitor.start('slow', { ms: '40' })];
  await visitor.get('/');
  await Promise.all(paths.map((path) => visitor.get(`${path}?seq=0`)));
  const shown = Object.values((await sessionOf(visitor))['runs'] as Record<string, { seq: number }>);
  assert.deepEqual(
    shown.map(({ seq }) => seq),
    [1, 1],
  );
});

test('a session that has ended stays ended: for a step that was held, and for its cookie', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('slow', { ms: '150' });
  await visitor.get(path);
  const before = () => new Visitor(site.url, '', new Map(cookies));
  const cookies = new Map(visitor.cookies);
  const held = before().get(`${path}?seq=0`);
  await visitor.submit('/privacy', '/privacy/delete', { sure: 'on' });
  await held;
  await assert.rejects(storedSession(before()), /no session/);
  assert.equal((await before().get(path)).status, 404);
});

test('while its first session cannot be saved, a visitor keeps the run that was started', async (t) => {
  const visitor = new Visitor(site.url);
  const whileAway = async (ask: () => Promise<Response>) => {
    const { mock } = t.mock.method(site.sessionStore, 'set', (...[, , callback]: Parameters<SessionStore['set']>) =>
      callback?.(new Error('away')),
    );
    assert.equal((await ask()).status, 503);
    assert.equal(mock.callCount(), 1);
    mock.restore();
  };
  await whileAway(() => visitor.submit('/jobs/rows', '/runs', { job: 'rows' }));
  const [path] = /\/runs\/[\w-]{22}/.exec(await (await visitor.get('/')).text()) ?? [];
  assert.ok(path, 'the home page lists it');
  await whileAway(() => visitor.get(`${path}?seq=0`));
  assert.equal((await visitor.get(path)).status, 200);
  assert.deepEqual(Object.keys((await sessionOf(visitor))['runs'] as object), [idOf(path)]);
});

test('what was taken back while a step was held stays taken back', async () => {
  const visitor = new Visitor(site.url);
  await visitor.get('/?pages=plain');
  const path = await visitor.start('slow', { ms: '450' });
  const held = visitor.get(`${path}?seq=0`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await visitor.get('/?pages=quiet');
  await held;
  assert.equal((await sessionOf(visitor))['plain'], undefined);
});

test('the page of a step finds the step shown in the session, and sets no cookie that need not be renewed', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  const page = await visitor.get(`${path}?seq=0`);
  const [, seq] = /data-seq="(\d+)"/.exec(await page.text()) ?? [];
  assert.deepEqual((await sessionOf(visitor))['runs'], { [idOf(path)]: { job: 'rows', seq: Number(seq) } });
  assert.ok(Number(seq) > 0);
  assert.deepEqual(page.headers.getSetCookie(), []);
});

test('a session at work is renewed, with its cookie, once a hundredth of its time has passed', async (t) => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('slow', { ms: '1' });
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 0.02 * DAY_MS });
  const page = await visitor.get(`${path}?seq=0`);
  const { cookie } = await storedSession(visitor);
  assert.ok(new Date(cookie.expires ?? 0).getTime() >= Date.now() + DAY_MS - 1000);
  assert.match(page.headers.getSetCookie().join(), /^tobiishi=/);
});
