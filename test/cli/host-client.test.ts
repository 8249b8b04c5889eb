import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { it } from 'node:test';
import { HostClient } from '../../src/cli/host-client.js';
import { makeWords } from '../../src/http/words.js';
import { temporaryFolder } from '../fixtures/command.js';
import { serve } from '../fixtures/serve.js';

const words = makeWords().en;
const ours: RequestListener = (_req, res) => {
  res.setHeader('Tobiishi', 'page').setHeader('Content-Type', 'application/json').end('{"seq":1}');
};

it('asks again where a host answers instead, or cuts the answer, and says what it saw', async (t) => {
  const asked: string[] = [];
  const hosts: RequestListener[] = [
    ours,
    (_req, res) => {
      res.writeHead(200, { Tobiishi: 'page', 'Content-Type': 'application/json', 'Content-Length': '9' });
      res.write('{"se', () => res.destroy());
    },
    (_req, res) => void res.writeHead(503, { 'Retry-After': '0' }).end('the host is busy'),
    (_req, res) => void res.writeHead(429, { 'Retry-After': new Date(0).toUTCString() }).end(),
    ours,
  ];
  const origin = await serve(t, (req, res) => {
    asked.push(req.url ?? '');
    hosts.shift()?.(req, res);
  });
  const client = new HostClient(origin, join(temporaryFolder(), 'sessions.json'), words);
  await client.ask('/runs/a');
  const said: string[] = [];
  const { json } = await client.ask('/runs/a?seq=0', { say: (text) => void said.push(text) });
  assert.deepEqual(json, { seq: 1 });
  assert.match(said.join('\n'), /Asking again in 3 s.*\n.*answers 503. Asking again in 1 s.*\n.*answers 429/);
  assert.match(
    asked.slice(1).join('\n'),
    /\?seq=0\n.*&cut=0&after=\d+&try=1\n.*&cut=503&.*\n.*&cut=429&after=\d+&try=3$/,
  );
});

it('asks again when Tobiishi itself has had too many requests', async (t) => {
  const answers: RequestListener[] = [
    (_req, res) => void res.writeHead(429, { Tobiishi: 'page', 'Retry-After': '1' }).end('{}'),
    ours,
  ];
  const origin = await serve(t, (req, res) => answers.shift()?.(req, res));
  const from = performance.now();
  const { status } = await new HostClient(origin, join(temporaryFolder(), 'sessions.json'), words).ask('/runs/a?seq=0');
  assert.equal(status, 200);
  assert.ok(performance.now() - from >= 1000);
});

it('keeps its session for the next one', async (t) => {
  const cookies: (string | undefined)[] = [];
  const origin = await serve(t, (req, res) => {
    cookies.push(req.headers.cookie);
    res.setHeader('Set-Cookie', 'sid=abc; Path=/; HttpOnly');
    ours(req, res);
  });
  const file = join(temporaryFolder(), 'sessions.json');
  await new HostClient(origin, file, words).ask('/');
  await new HostClient(origin, file, words).ask('/');
  await new HostClient(`${origin}/other`, file, words).ask('/');
  assert.deepEqual(cookies, [undefined, 'sid=abc', undefined]);
});

it('finds out at once that somebody else is there', async (t) => {
  const origin = await serve(t, (_req, res) => void res.end('<h1>Hello</h1>'));
  const client = new HostClient(origin, join(temporaryFolder(), 'sessions.json'), words);
  await assert.rejects(client.ask('/jobs/wait'), { code: 'nobody-there' });
});
