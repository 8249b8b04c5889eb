import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { Memory } from '../../src/core/memory.js';
import { isUpload, isUploadRef, type Upload } from '../../src/core/upload.js';
import { Permission } from '../../src/scrape/fetch/robots-permission.js';
import { createScrapeJob } from '../../src/scrape/job/scrape.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';
import { PATIENCE_MS } from '../fixtures/patience.js';
import { pool } from '../fixtures/pool.js';
import { Visitor } from '../fixtures/visitor.js';
import { fetcherFor } from '../scrape/fetch/serve.js';
import { type Site, startSite } from './site.js';

async function startScraper(t: TestContext, options: Parameters<typeof startSite>[1] = {}) {
  const fetcher = fetcherFor(t);
  const permission = new Permission({ fetcher, productToken: 'Tobiishi', ignoreRobots: [] });
  // However long the pool takes to read a file.
  const patient = { answerWithinMs: PATIENCE_MS, ...options };
  const site = await startSite([createScrapeJob({ fetcher, permission, pool, minDelayMs: 0 })], patient);
  t.after(() => site.close());
  return site;
}

/** A visitor with the form open. */
async function bench(t: TestContext, running?: Site) {
  const site = running ?? (await startScraper(t));
  const visitor = new Visitor(site.url);
  const page = await (await visitor.get('/jobs/scrape')).text();
  const token = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const send = (fields: Record<string, string>, file: string, path = '/runs') => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ job: 'scrape', _csrf: token, urls: '', columns: 'a: b', ...fields })) {
      form.append(name, value);
    }
    if (file !== '' || !('urlsFile' in fields)) form.append('urlsFile', new Blob([file]), file && '一覧.csv');
    return visitor.send(path, form);
  };
  const form = async (query: string) => (await visitor.get(`/jobs/scrape${query}`)).text();
  return { page, send, site, form };
}

test('addresses in a file become steps, and the run keeps the file', async (t) => {
  const { page, send, site } = await bench(t);
  assert.match(page, /enctype="multipart\/form-data"/);
  assert.match(page, /<input type="file"[^>]*name="urlsFile"/);
  const response = await send({ urls: 'http://c.example/' }, 'title,url\nA,http://a.example/\nB,http://b.example/\n');
  assert.equal(response.status, 303, await response.clone().text());
  const run = await site.store.findRun(response.headers.get('location')?.split('/').at(-1) ?? '');
  assert.equal(run?.total, 3);
  assert.deepEqual([run?.input['urls'], isUploadRef(run?.input['urlsFile'])], ['http://c.example/', true]);
});

test('a file field left empty changes nothing', async (t) => {
  const { send } = await bench(t);
  assert.equal((await send({ urls: 'http://c.example/' }, '')).status, 303);
  const nothing = await send({}, '');
  assert.equal(nothing.status, 422);
  assert.match(await nothing.text(), /Name at least one page/);
});

test('the form of a run that had only a file comes back with all else', async (t) => {
  const { send, form } = await bench(t);
  const response = await send({ columns: 'one: h1' }, 'http://a.example/');
  const id = response.headers.get('location')?.split('/').at(-1);
  assert.match(await form(`?_run=${id}`), />\none: h1<\/textarea>/);
});

test('a line of a file without an address is named, and the file kept to go on without the line', async (t) => {
  const { send } = await bench(t);
  const response = await send({}, 'http://a.example/\nnonsense\n');
  assert.equal(response.status, 422);
  const html = await response.text();
  assert.match(html, /Line 2 of the file has no address.*“nonsense”/);
  const key = /name="urlsFile" value="([\w-]+)"[^>]* checked/.exec(html)?.[1] ?? '';
  const started = await send({ urlsFile: key, leaveOut: 'on' }, '');
  assert.equal(started.status, 303);
});

test('what is wrong with a file is said at its field, and the file is not kept', async (t) => {
  const { send } = await bench(t);
  const html = await (await send({}, 'nonsense\n')).text();
  assert.match(html, /The file has no address/);
  assert.doesNotMatch(html, /is kept/);
});

test('a file is kept when the form comes back, can be taken out, and is nobody else’s', async (t) => {
  const { send, site } = await bench(t);
  const wrong = await send({ row: 'li[' }, 'http://a.example/\nhttp://b.example/\n');
  assert.equal(wrong.status, 422);
  const html = await wrong.text();
  assert.match(html, /“一覧.csv” is kept: 2 addresses/);
  const key = /name="urlsFile" value="([\w-]+)"[^>]* checked/.exec(html)?.[1] ?? '';
  const again = await send({ row: 'li[', urlsFile: key }, '');
  assert.match(await again.text(), new RegExp(`value="${key}"[^>]* checked`), 'as often as it takes');
  const started = await send({ urlsFile: key }, '');
  assert.equal(started.status, 303);
  assert.equal((await site.store.findRun(started.headers.get('location')?.split('/').at(-1) ?? ''))?.total, 2);
  const without = await send({}, '');
  assert.match(await without.text(), /Name at least one page/);
  const other = await send({ urlsFile: key, row: 'li[' }, 'http://c.example/');
  assert.match(await other.text(), /“一覧.csv” is kept: 1 address</, 'another file takes its place');
  const stranger = await (await bench(t, site)).send({ urlsFile: key, urls: 'http://c.example/' }, '');
  assert.equal(stranger.status, 422);
  assert.match(await stranger.text(), /The file is no longer here/);
});

test('a file that is too large is said at its field, with everything typed kept', async (t) => {
  const { send } = await bench(t);
  for (const path of ['/runs', '/jobs/scrape/preview']) {
    for (const [megabytes, said] of [
      [6, /The file is larger than 5 MB/],
      [20, /“一覧.csv” is larger than this site takes/],
    ] as const) {
      const file = 'x'.repeat(megabytes * 1024 * 1024);
      const response = await send({ row: '.mine', next: '', urlsFile: '' }, file, path);
      const html = await response.text();
      assert.equal(response.status, 422);
      assert.match(html, said);
      assert.match(html, /value=".mine"/);
    }
  }
});

test('a file of any type is there for every step, whole, and never its beginning alone', async (t) => {
  const copying = defineJob({
    name: 'copying',
    input: z.object({
      files: z
        .array(z.custom<Upload>(isUpload))
        .min(1)
        .meta({ widget: 'file', multiple: true, accept: '.bin', maxMb: 7 }),
    }),
    plan: ({ files }) => files.map((_, i) => i),
    step: async (item: number, { input }) => {
      const file = input.files[item] ?? assert.fail();
      return { rows: [{ name: file.name, size: file.size }], files: [{ name: file.name, content: file.stream() }] };
    },
  });
  const site = await startSite([copying]);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const page = await (await visitor.get('/jobs/copying')).text();
  assert.match(page, /<input type="file" accept=".bin" multiple/);
  const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(page) ?? [];
  const send = async (...sizes: number[]) => {
    const form = new FormData();
    form.set('job', 'copying');
    form.set('_csrf', token);
    sizes.forEach((size, i) => {
      form.append('files', new Blob([Buffer.alloc(size, `${i}`)]), `${i}.bin`);
    });
    return visitor.send('/runs', form);
  };
  const started = await send(6_000_000, 70_000);
  assert.equal(started.status, 303, await started.clone().text());
  const path = started.headers.get('location') ?? '';
  await visitor.drive(path);
  assert.deepEqual(await (await visitor.get(`${path}/rows.json`)).json(), [
    { name: '0.bin', size: 6_000_000 },
    { name: '1.bin', size: 70_000 },
  ]);
  const copy = Buffer.from(await (await visitor.get(`${path}/files/1/1`)).arrayBuffer());
  assert.ok(copy.equals(Buffer.alloc(6_000_000, '0')));
  const again = await (await visitor.get(`/jobs/copying?_run=${path.split('/').at(-1)}`)).text();
  assert.equal(again.match(/name="files" value="[\w-]+"/g)?.length, 2, 'the form comes back with its files');
  const many = (await send(...Array(100).fill(1))).headers.get('location') ?? '';
  await visitor.drive(many);
  const copies: { size: number }[] = await (await visitor.get(`${many}/rows.json`)).json();
  assert.equal(copies.length, 100, 'a form may have a hundred, and each is kept');
  const tooMany = await send(...Array(101).fill(1));
  assert.equal(tooMany.status, 413);
  assert.match(await tooMany.text(), /at most 100 files/);
  for (const [size, said] of [
    [8_000_000, /“0.bin” is larger than 7 MB/],
    [11_000_000, /“0.bin” is larger than this site takes/],
  ] as const) {
    const refused = await send(size);
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), said);
  }
});

test('a form that is too large or broken is refused with a page', async (t) => {
  const { send, site } = await bench(t);
  assert.equal((await send({ columns: 'x'.repeat(7 * 1024 * 1024) }, '')).status, 413);
  const broken = await fetch(`${site.url}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x', cookie: 'tobiishi=any' },
    body: 'no form at all',
  });
  assert.equal(broken.status, 400);
});

test('a form that ends in the middle, or has more fields than any form, is refused with a page', async (t) => {
  const { site } = await bench(t);
  const part = (name: string) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n`;
  const file = '--x\r\nContent-Disposition: form-data; name="urlsFile"; filename="a.csv"\r\n\r\nhttp://a.exa';
  const many = `${Array.from({ length: 2000 }, (_, i) => part(`field${i}`)).join('')}--x--\r\n`;
  for (const [body, status] of [
    [part('job') + file, 400],
    [many, 413],
    [`${part('__proto__')}--x--\r\n`, 403],
  ] as const) {
    const headers = { 'content-type': 'multipart/form-data; boundary=x', cookie: 'tobiishi=any' };
    const response = await fetch(`${site.url}/runs`, { method: 'POST', headers, body });
    assert.equal(response.status, status);
    assert.match(await response.text(), /<h1>/);
  }
});

test('a form with a file needs its token, too', async (t) => {
  const { send } = await bench(t);
  assert.equal((await send({ _csrf: 'another' }, 'http://a.example/')).status, 403);
});

test('a file before the token is not read, and what was typed comes back', async (t) => {
  const { page, site } = await bench(t);
  const visitor = new Visitor(site.url);
  const own = /name="_csrf" value="([^"]+)"/.exec(await (await visitor.get('/jobs/scrape')).text())?.[1] ?? '';
  const other = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  for (const token of [own, other]) {
    const form = new FormData();
    form.set('job', 'scrape');
    form.set('urlsFile', new Blob(['http://a.example/']), 'a.csv');
    form.set('columns', 'typed: h1');
    form.set('_csrf', token);
    const response = await visitor.send('/runs', form);
    assert.equal(response.status, 403);
    const html = await response.text();
    assert.match(html, />\ntyped: h1<\/textarea>/);
    assert.doesNotMatch(html, /a\.csv/);
  }
});

test('of a form without a token no more is read than a form without files may have', async (t) => {
  const { send } = await bench(t);
  assert.equal((await send({ _csrf: 'none', columns: 'x'.repeat(2 * 1024 * 1024) }, '')).status, 413);
  assert.equal((await send({ columns: 'x'.repeat(2 * 1024 * 1024) }, '')).status, 422);
});

test('a form for which there is no memory is refused when its time is up, and taken once there is some', async (t) => {
  const clock = new FrozenClock();
  const memory = new Memory(100_000, clock);
  const { send } = await bench(t, await startScraper(t, { memory }));
  const others = memory.open('others');
  await others.hold(50_000);
  const file = `http://a.example/${' '.repeat(70_000)}`;
  const sent = send({}, file);
  // It arrives in real time.
  for (let isOver = false; !isOver; ) {
    isOver = await Promise.race([sent.then(() => true), sleep(10, false)]);
    await clock.advance(1000);
  }
  const refused = await sent;
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '3']);
  assert.equal((await send({}, 'http://a.example/')).status, 303, 'short ones are held without asking');
  others.release();
  const taken = await send({}, file);
  assert.equal(taken.status, 303, await taken.text());
  assert.equal((await send({ columns: 'other: b' }, file)).status, 303, 'what was held has been given back');
});
