import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { type PoolOptions, WorkerPool } from '../../../src/scrape/pool/worker-pool.js';
import { WorkerThread } from '../../../src/scrape/pool/worker-thread.js';
import { parseColumns } from '../../../src/scrape/read/columns.js';
import type { Answer } from '../../../src/scrape/read/open-answer.js';

function pool(t: { after(end: () => void): void }, options: PoolOptions = {}): WorkerPool {
  const made = new WorkerPool(options);
  t.after(() => made.close());
  return made;
}

function argumentsOf(html: string, attribute = 'text', kind: Answer['kind'] = 'html') {
  const bytes = new TextEncoder().encode(html);
  const answer: Answer = { url: 'http://a/', kind, charset: 'utf-8', bytes, refresh: null, link: null };
  const { columns } = parseColumns(`cell: @${attribute}`);
  return [answer, { recipe: { row: 'p', columns, next: '' }, encoding: '', reloads: false }] as const;
}

function read(
  workers: WorkerPool,
  html: string,
  { owner = 'a', attribute = 'text', signal = new AbortController().signal, kind = 'html' as Answer['kind'] } = {},
) {
  const [answer, options] = argumentsOf(html, attribute, kind);
  return workers.run('readPage', [answer, options], { owner, bytes: answer.bytes, signal });
}

async function cells(reading: ReturnType<typeof read>) {
  const page = await reading;
  assert.ok('rows' in page);
  return page.rows.map(({ cell }) => cell);
}

const TOO_COSTLY = { name: 'StepError', message: /^reading it would take more than/, retry: false };

/** Every open element is opened anew in each paragraph: half a megabyte of text makes a tree of millions. */
const COSTLY = Array.from({ length: 20_000 }, (_, i) => `<b id=${i}><i id=${i}><p>`).join('');

it('a page is read in another thread, and comes back as plain data', async (t) => {
  assert.deepEqual(await cells(read(pool(t), '<p>one<p>two')), ['one', 'two']);
});

it('a thread with nothing to do does not keep the process', () => {
  const program = fileURLToPath(new URL('../../fixtures/prepared-pool.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [program], { timeout: 20_000, encoding: 'utf8' });
  assert.equal(status, 0, stderr || 'it did not end');
});

it('the thread that reads gives way to the one that answers', {
  skip: process.platform === 'linux' ? false : 'threads have no priority of their own',
}, async (t) => {
  await cells(read(pool(t), '<p>one'));
  // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: nice is the 19th; the 2nd may hold spaces.
  const niceOf = (id: string | number) => {
    try {
      return Number(readFileSync(`/proc/self/task/${id}/stat`, 'latin1').split(') ')[1]?.split(' ')[16]);
    } catch {
      // That thread has just ended.
      return null;
    }
  };
  const own = niceOf(process.pid) ?? Number.NaN;
  const lower = Math.min(19, own + 10);
  assert.ok(own === 19 || readdirSync('/proc/self/task').some((id) => niceOf(id) === lower));
});

it('what a task throws is thrown to whoever asked', async (t) => {
  const rejected = { name: 'StepError', message: /more than 10000 rows/, retry: false };
  await assert.rejects(read(pool(t), '<p>'.repeat(10_001)), rejected);
});

it('a page that takes too long is a failure, and the next one is read', async (t) => {
  const workers = pool(t, { cpuMs: 50 });
  await assert.rejects(read(workers, COSTLY), TOO_COSTLY);
  assert.deepEqual(await cells(read(workers, '<p>one')), ['one']);
});

it('a page that takes too much memory is the same failure, and the process lives', async (t) => {
  const workers = pool(t, { cpuMs: 60_000, heapMb: 30 });
  await assert.rejects(read(workers, COSTLY), TOO_COSTLY);
  assert.deepEqual(await cells(read(workers, '<p>one')), ['one']);
});

it('JSON of millions of small values is a failure, and the process lives: one call that finds no memory would end it', async (t) => {
  const workers = pool(t, { cpuMs: 60_000, heapMb: 100 });
  for (const value of ['{}', '[]', '{"a":1}']) {
    const json = `[${`${value},`.repeat(2_000_000)}0]`;
    await assert.rejects(read(workers, json, { kind: 'json' }), { message: /more values than can be kept/ });
  }
  assert.deepEqual(await cells(read(workers, '<p>one')), ['one']);
});

it('a thread keeps its own limit where the process was started with another one', async (t) => {
  setFlagsFromString('--max-old-space-size=1000');
  const workers = pool(t, { cpuMs: 60_000, heapMb: 30 });
  await assert.rejects(read(workers, '<b>x</b>'.repeat(200_000)), TOO_COSTLY);
});

it('quick pages do not wait for one that takes long', async (t) => {
  const workers = pool(t, { threads: 1, cpuMs: 60_000 });
  const long = new AbortController();
  const ended: string[] = [];
  const costly = read(workers, COSTLY.slice(0, 200_000), { owner: 'a', signal: long.signal });
  const aborted = assert.rejects(
    costly.finally(() => ended.push('long')),
    { name: 'AbortError' },
  );
  assert.deepEqual(await cells(read(workers, '<p>one', { owner: 'b' })), ['one']);
  assert.deepEqual(ended, []);
  long.abort();
  await aborted;
});

for (const [what, limits, html] of [
  ['takes too long', { cpuMs: 50 }, COSTLY],
  ['takes too much memory', { cpuMs: 60_000, heapMb: 30 }, COSTLY],
  ['goes on elsewhere', { cpuMs: 60_000 }, COSTLY.slice(0, 200_000)],
] as const) {
  it(`what waits in a thread behind a page that ${what} is read all the same`, async (t) => {
    const workers = pool(t, { threads: 1, ...limits });
    // Threads that were quick lately have the next task with them.
    for (let i = 0; i < 5; i += 1) await read(workers, '<p>one');
    const abort = new AbortController();
    const costly = assert.rejects(read(workers, html, { owner: 'a', signal: abort.signal }));
    assert.deepEqual(await cells(read(workers, '<p>two', { owner: 'b' })), ['two']);
    abort.abort();
    await costly;
  });
}

it('a thread that ends with an answer on its way gives it, and what came next has not begun', async () => {
  const thread = new WorkerThread(256);
  const ask = (html: string) => thread.run({ name: 'readPage', args: argumentsOf(html) }, []);
  await ask('<p>one');
  const both = [ask('<p>two'), ask(COSTLY)];
  await null;
  // Nothing that comes is heard meanwhile.
  while (thread.spentMs < 100);
  thread.end();
  const [two, costly] = await Promise.all(both);
  assert.ok(two !== undefined && 'result' in two);
  assert.deepEqual(costly, { type: 'not-begun' });
});

it('what cannot be handed to a thread is rejected, and the next page is read there', async (t) => {
  const workers = pool(t, { threads: 1 });
  await read(workers, '<p>one');
  const [answer, options] = argumentsOf('<p>two');
  const task = { owner: 'a', bytes: answer.bytes, signal: new AbortController().signal };
  const unfit = [{ ...answer, url: (() => {}) as never }, options] as const;
  await assert.rejects(workers.run('readPage', [...unfit], task), { name: 'DataCloneError' });
  assert.deepEqual(await cells(read(workers, '<p>three')), ['three']);
});

it('what somebody has waiting behind a page of theirs that takes long does not come before what others have', async (t) => {
  const workers = pool(t, { cpuMs: 1000 });
  const ended: string[] = [];
  const costly = COSTLY.slice(0, 200_000);
  const readings = [
    ['costly', costly],
    ['theirs', '<p>one'],
    ['another', '<p>two', 'b'],
  ].map(async ([name = '', html = '', owner = 'a']) => {
    await read(workers, html, { owner }).catch(() => {});
    ended.push(name);
  });
  await Promise.all(readings);
  assert.deepEqual(ended, ['another', 'costly', 'theirs']);
});

it('a thread waits beside one that was used: to start it when it is needed takes long', async (t) => {
  const workers = pool(t);
  assert.equal(workers.load.threads, 0);
  await read(workers, '<p>one');
  // A third one where the machine was slow.
  assert.ok([2, 3].includes(workers.load.threads), `${workers.load.threads} threads`);
});

it('who has much to read does not hold up the others', async (t) => {
  const workers = pool(t, { threads: 1 });
  const ended: string[] = [];
  const readOf = (owner: string) => read(workers, '<p>one', { owner }).then(() => ended.push(owner));
  await Promise.all([...Array.from({ length: 10 }, () => readOf('much')), readOf('little')]);
  // Two of the others may have been in the line before it.
  assert.ok(ended.indexOf('little') <= 2, ended.join());
});

it('a closed pool rejects what it was at, and starts anew when it is asked again', async (t) => {
  const workers = pool(t, { threads: 1 });
  for (let i = 0; i < 5; i += 1) await read(workers, '<p>one');
  const both = [read(workers, COSTLY.slice(0, 100_000)), read(workers, '<p>one')];
  const rejected = Promise.all(both.map((each) => assert.rejects(each, { message: 'the pool of workers was closed' })));
  workers.close();
  await rejected;
  assert.deepEqual(await cells(read(workers, '<p>one')), ['one']);
});
