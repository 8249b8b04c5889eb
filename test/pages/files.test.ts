import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { Visitor } from '../fixtures/visitor.js';
import { type Site, startSite } from './site.js';

/** Each step returns two files: a text, and as many bytes as it is asked for, streamed. */
const drawing = defineJob({
  name: 'drawing',
  input: z.object({ count: z.coerce.number().int().default(2), bytes: z.coerce.number().int().default(200_000) }),
  plan: ({ count }) => Array.from({ length: count }, (_, i) => i + 1),
  step: async (item: number, { input }) => ({
    files: [
      { name: 'words.txt', type: 'text/plain', content: `stone ${item} 石` },
      { name: `../pictures/${item}:<b>.png`, type: 'image/png', content: stones(input.bytes) },
    ],
  }),
});

async function* stones(bytes: number) {
  for (let left = bytes; left > 0; left -= 10_000) yield Buffer.alloc(Math.min(left, 10_000), 'stone');
}

const twins = defineJob({
  name: 'twins',
  input: z.object({}),
  plan: () => [1],
  step: async () => ({ files: ['a.txt', 'A.TXT', 'a (2).txt', 'a.txt'].map((name) => ({ name, content: name })) }),
});

let site: Site;
before(async () => {
  site = await startSite([drawing, twins]);
});
after(() => site.close());

async function drawn(visitor: Visitor, fields: Record<string, string> = {}): Promise<string> {
  const path = await visitor.start('drawing', fields);
  await visitor.drive(path);
  return path;
}

test('files that steps return are listed, and downloaded one by one', async () => {
  const visitor = new Visitor(site.url);
  const path = await drawn(visitor);
  assert.match(await (await visitor.get(path)).text(), /All 4 files as ZIP/);
  const page = await (await visitor.get(`${path}/files`)).text();
  const links = [...page.matchAll(/href="(\/runs\/[^"]+\/files\/\d+\/\d+)" download>([^<]+)</g)];
  assert.deepEqual(
    links.map(([, , name]) => name),
    ['words.txt', 'pictures/1 b .png', 'words.txt', 'pictures/2 b .png'],
  );
  const text = await visitor.get(links[0]?.[1] ?? '');
  assert.equal(text.headers.get('content-type'), 'text/plain');
  assert.equal(text.headers.get('content-disposition'), 'attachment; filename=words.txt');
  assert.equal(await text.text(), 'stone 1 石');
  const picture = await visitor.get(links[1]?.[1] ?? '');
  assert.equal(picture.headers.get('content-length'), '200000');
  assert.equal((await picture.arrayBuffer()).byteLength, 200_000);
});

test('all of them are one ZIP, in which no two have one name', async () => {
  const visitor = new Visitor(site.url);
  const zip = await visitor.get(`${await drawn(visitor)}/files.zip`);
  assert.equal(zip.headers.get('content-type'), 'application/zip');
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  assert.deepEqual(Object.keys(files).sort(), ['pictures/1 b .png', 'pictures/2 b .png', 'words (2).txt', 'words.txt']);
  assert.equal(Buffer.from(files['words (2).txt'] ?? []).toString(), 'stone 2 石');
  assert.equal(files['pictures/1 b .png']?.length, 200_000);
});

test('nor do two of them where capitals make no difference', async () => {
  const visitor = new Visitor(site.url);
  const path = await visitor.start('twins', {});
  await visitor.drive(path);
  const files = unzipSync(new Uint8Array(await (await visitor.get(`${path}/files.zip`)).arrayBuffer()));
  assert.deepEqual(Object.keys(files), ['a.txt', 'A (2).TXT', 'a (2) (2).txt', 'a (3).txt']);
});

test('many files are listed page by page, for programs, too', async () => {
  const visitor = new Visitor(site.url);
  let at: string | null = `${await drawn(visitor, { count: '120', bytes: '10' })}/files`;
  const names: string[] = [];
  while (at !== null) {
    const { files, next }: { files: { name: string }[]; next: string | null } = await (
      await visitor.get(at, { accept: 'application/json' })
    ).json();
    names.push(...files.map(({ name }) => name));
    at = next;
  }
  assert.equal(names.length, 240);
});

test('nobody else reads them; whoever has the link of a shared run does', async () => {
  const visitor = new Visitor(site.url);
  const path = await drawn(visitor);
  const stranger = new Visitor(site.url);
  for (const at of ['files', 'files.zip', 'files/1/1']) assert.equal((await stranger.get(`${path}/${at}`)).status, 404);
  await visitor.submit(`${path}/share`, `${path}/share`);
  const shared = /href="(\/shared\/[\w-]+)"/.exec(await (await visitor.get(`${path}/share`)).text())?.[1];
  assert.equal(await (await stranger.get(`${shared}/files/1/1`)).text(), 'stone 1 石');
  assert.equal((await stranger.get(`${shared}/files/9/1`)).status, 404);
});
