import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { uploadFrom } from '../../../src/core/upload.js';
import {
  leftOutLines,
  namedAddresses,
  StartPagesReader,
  type Starts,
  startProblems,
} from '../../../src/scrape/job/start-pages.js';
import { WorkerPool } from '../../../src/scrape/pool/worker-pool.js';
import { contextOf } from '../../fixtures/context.js';
import { longestTurnMs } from '../../fixtures/longest-turn.js';

const pool = new WorkerPool({ cpuMs: 1000 });
after(() => pool.close());

const NOTHING: Starts = { urls: '', urlsColumn: '', leaveOut: false, sitemap: '', headers: '', cookies: '' };
const fileOf = (text: string | Uint8Array, name = 'list.csv') => uploadFrom(name, new Uint8Array(Buffer.from(text)));

async function codes(typed: Partial<Starts>): Promise<string[]> {
  const problems = await startProblems(new StartPagesReader(pool), { ...NOTHING, ...typed }, contextOf());
  return problems.map(({ field, code, params }) => [field, code, params['line']].filter(Boolean).join(' '));
}

test('a file is read once for a form, whoever asks for what is in it, and is still there afterwards', async () => {
  let tasks = 0;
  const counted: Pick<WorkerPool, 'run'> = {
    run(name, args, options) {
      tasks += 1;
      return pool.run(name, args, options);
    },
  };
  const reader = new StartPagesReader(counted);
  const urlsFile = fileOf(`name,url\na,http://a/[1-2]\nb,http://b/\n${','.repeat(5000)}`);
  const input = { ...NOTHING, urlsFile };
  assert.deepEqual(await startProblems(reader, input, contextOf()), []);
  assert.deepEqual([...namedAddresses(await reader.of(input, contextOf()))], ['http://a/1', 'http://a/2', 'http://b/']);
  const list = await reader.listIn(urlsFile, '', contextOf());
  assert.equal('count' in list && list.count, 3);
  assert.equal(tasks, 1);
  assert.equal((await urlsFile.bytes()).length, 5038);
});

test('lines without an address are problems of the field, or of the file', async () => {
  const urls = `http://a/\nno\n${'http://a/\n'.repeat(1000)}`;
  assert.deepEqual(await codes({ urls }), ['urls url-not-http 2']);
  assert.deepEqual(await codes({ urlsFile: fileOf('http://a/\nwww.b.example\nhttp://b/') }), [
    'leaveOut file-bad-address 2',
  ]);
  const pages = await new StartPagesReader(pool).of({ ...NOTHING, urls, leaveOut: true }, contextOf());
  assert.deepEqual(leftOutLines(pages), { ...pages.typed, leftOut: [{ line: 2, content: 'no' }], leftOutCount: 1 });
});

test('what is read of passwords in addresses is nothing', async () => {
  const input = { ...NOTHING, urls: 'http://me:secret@a/[2-1]', leaveOut: true };
  const pages = await new StartPagesReader(pool).of(input, contextOf());
  assert.deepEqual(leftOutLines(pages).leftOut, [{ line: 1, content: 'http://a/[2-1]' }]);
});

test('headers for nobody are refused: a file may name any site first', async () => {
  const urlsFile = fileOf('http://a/');
  assert.deepEqual(await codes({ urlsFile, headers: 'X-Key: 1' }), ['urls urls-missing-for-secrets']);
  assert.deepEqual(await codes({ urlsFile, headers: 'X-Key: 1', urls: 'http://a/' }), []);
});

/** Done on this thread, each of them took several times as long. */
const MOST_STALL_MS = 50;
const WRONG_LINE = 'no address, but a title; and more of it\n';
const COSTLY: readonly (readonly [says: string, typed: Partial<Starts>, code: string | null])[] = [
  ['half a million characters of wrong lines', { urls: WRONG_LINE.repeat(12_000), leaveOut: true }, null],
  ['a range of long addresses', { urls: `http://a/${'x'.repeat(8000)}[1-100000]` }, 'urls urls-too-much 1'],
  ['5 MB of wrong lines', { urlsFile: fileOf(WRONG_LINE.repeat(130_000)) }, 'urlsFile file-empty'],
  [
    'a line of half a million bars',
    { urlsFile: fileOf(`http://a/${'｜'.repeat(500_000)}x`) },
    'urlsFile list-too-costly',
  ],
  ['a workbook that unpacks to 50 MB', { urlsFile: fileOf(bomb(), 'list.xlsx') }, 'urlsFile file-empty'],
];

for (const [says, typed, code] of COSTLY) {
  test(`${says}: nobody waits for it longer than for a page`, async () => {
    let said: string[] = [];
    const stall = await longestTurnMs(async () => {
      said = await codes(typed);
    });
    assert.deepEqual(said, code === null ? [] : [code]);
    assert.ok(stall < MOST_STALL_MS, `${stall} ms`);
  });
}

/** A sheet of 49 MB of cells, in a file of 50 KB. */
function bomb(): Uint8Array {
  const name = Buffer.from('xl/worksheets/sheet1.xml');
  const cells = Buffer.from(`<row><c><v>${'x'.repeat(470)}</v></c></row>`.repeat(100_000));
  const packed = deflateRawSync(cells);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, entry, name, end]);
}
