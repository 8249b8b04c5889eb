import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Database from 'libsql';
import type { Bench, Figure } from './lib/bench.js';
import { alternate, median, ratioOf, spreadOf } from './lib/measure.js';
import { commandOutput } from './lib/peers.js';
import { number } from './lib/report.js';
import { startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

const COLUMNS = ['page', 'title', 'price', 'stock', 'text'] as const;

export const exporting: Bench = {
  name: 'export',
  measures:
    'Download of 1,000,000 recorded rows of five columns, against `sqlite3 -csv` with `json_extract` for each column over the same file. Both are read to the end and thrown away.',
  wrong: [
    'Rows were much wider or narrower: here they have about 150 characters.',
    'The reader were slow: then both wait for it, and memory is what counts.',
  ],
  async run({ quick }) {
    const rows = quick ? 100_000 : 1_000_000;
    const first = await startTobiishi();
    const starter = new Visitor(first.origin);
    const path = await starter.start('chain', { count: 1 });
    await starter.follow(path, 0);
    await starter.close();
    fill(first.database, path.slice('/runs/'.length), rows);
    const server = await first.restart();
    const visitor = new Visitor(server.origin, starter.cookies);
    const skipped = commandOutput('sqlite3', '--version') === null ? ['sqlite3: `apt-get install -y sqlite3`'] : [];
    try {
      await visitor.get(path);
      const idle = await server.usage();
      const bytes: Record<string, number> = {};
      const ours = (format: string) => async () => {
        const from = performance.now();
        bytes[format] = await visitor.download(`${path}/rows.${format}`);
        return rows / ((performance.now() - from) / 1000);
      };
      const theirs = async () => {
        const from = performance.now();
        bytes['sqlite3'] = await readAll(server.database, path.slice('/runs/'.length));
        return rows / ((performance.now() - from) / 1000);
      };
      const sides = { csv: ours('csv'), ndjson: ours('ndjson'), ...(skipped.length === 0 ? { theirs } : {}) };
      const perSecond: Record<string, number[]> = await alternate<string, number>(quick ? 2 : 5, sides);
      const aboveIdle = async () => ((await server.usage()).peakRssBytes - idle.rssBytes) / 2 ** 20;
      const ofTexts = await aboveIdle();
      const xlsxPerSecond = await ours('xlsx')();
      const ofAll = await aboveIdle();
      const speed = (format: string): Figure => ({
        what: `rows per second, ${format.toUpperCase()}`,
        against: '`sqlite3 -csv`',
        ratio: ratioOf(perSecond[format] ?? [], perSecond['theirs'] ?? []),
        goal: { atLeast: 0.5 },
        better: 'higher',
        sides: `${number(median(perSecond[format] ?? []))}/s, ${number(median(perSecond['theirs'] ?? []))}/s`,
      });
      const memory = (formats: string, above: number): Figure => ({
        what: `most memory while exporting ${formats}`,
        against: 'idle',
        ratio: spreadOf([above]),
        goal: { atMost: 100 },
        better: 'lower',
        unit: 'MB',
        sides: `${number(idle.rssBytes / 2 ** 20)} MB idle`,
      });
      return {
        figures: [
          ...(skipped.length === 0 ? ['csv', 'ndjson'].map(speed) : []),
          memory('CSV and NDJSON', ofTexts),
          memory('XLSX', ofAll),
        ],
        notes: [
          `${number(rows)} rows; ${Object.entries(bytes)
            .map(([name, count]) => `${name} ${number(count / 1e6)} MB`)
            .join(', ')}; XLSX at ${number(xlsxPerSecond)} rows a second.`,
        ],
        skipped,
      };
    } finally {
      await visitor.close();
      await server.stop();
    }
  },
};

/** Writes the rows as the store would have recorded them, without executing the steps. */
function fill(path: string, runId: string, count: number): void {
  const db = new Database(path);
  const insert = db.prepare('INSERT INTO rows (run_id, number, seq, data) VALUES (?, ?, 1, ?)');
  db.transaction(() => {
    for (let number = 1; number <= count; number += 1) {
      const row = {
        page: `http://shop.example/list?page=${Math.ceil(number / 20)}`,
        title: `Article ${number}, "large"`,
        price: (number * 7919) % 100_000,
        stock: number % 3 === 0 ? null : 'in stock, 石',
        text: 'Lorem ipsum dolor sit amet',
      };
      insert.run(runId, number, JSON.stringify(row));
    }
    db.prepare('UPDATE runs SET row_count = ? WHERE id = ?').run(count, runId);
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

async function readAll(path: string, runId: string): Promise<number> {
  const cells = COLUMNS.map((column) => `json_extract(data, '$.${column}') AS ${column}`).join(', ');
  const query = `SELECT ${cells} FROM rows WHERE run_id = '${runId}' ORDER BY number`;
  const child = spawn('sqlite3', ['-csv', '-header', path, query], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  await gone;
  return bytes;
}
