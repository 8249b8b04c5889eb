import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../src/http/root.js';
import type { Bench, Figure } from './lib/bench.js';
import { COLUMNS } from './lib/columns.js';
import { INSTALL_CORPUS, readCorpus } from './lib/corpus.js';
import { alternate, median, ratioOf } from './lib/measure.js';
import { commandOutput, INSTALL, peerVersion } from './lib/peers.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';
import { startTobiishi } from './lib/tobiishi.js';
import { Visitor } from './lib/visitor.js';

const PYTHON = '/usr/bin/python3';
const LOOP = 'a bare loop of undici and cheerio';

interface Speed {
  readonly perSecond: number;
  readonly cpuMs: number;
}
type Side = () => Promise<Speed>;

export const scrapeSpeed: Bench = {
  name: 'scrape-speed',
  measures:
    'Real pages of 20 to 60 KB from one host without any delay, five columns each: pages per second, and CPU per page of the process that scrapes. Ours may use both cores, the others are of one thread by nature.',
  wrong: [
    'The site were the slow side: it serves from memory, in a process of its own.',
    'Pages were built otherwise: these are of one documentation, and all are UTF-8.',
    'The Node sides were cold: they have scraped all pages once before. Scrapy starts anew each time; its start is not counted.',
  ],
  async run({ quick }) {
    const corpus = readCorpus();
    if (corpus === null) return { figures: [], skipped: [`real pages: ${INSTALL_CORPUS}`] };
    const pages = corpus.slice(0, quick ? 60 : corpus.length);
    const paths = pages.map(({ path }) => path);
    const open: (() => Promise<void>)[] = [];
    try {
      const site = await Program.start(compiled('programs/site.js'));
      open.push(() => site.stop());
      const [port] = await site.ask<number[]>({ open: 1 });
      const origin = `http://127.0.0.1:${port}`;
      const sides: Record<string, Side> = {
        Tobiishi: await ourSide(origin, paths, open),
        [LOOP]: await programSide('bare-loop', { origin, paths }, open),
      };
      const { notes, skipped } = await peers(sides, origin, paths, open);
      await alternate(1, sides);
      const { Tobiishi = [], ...others } = await alternate(quick ? 2 : 7, sides);
      const kilobytes = pages.reduce((sum, { bytes }) => sum + bytes.length, 0) / pages.length / 1000;
      return {
        figures: Object.entries(others).flatMap(([against, theirs]) => compare(against, Tobiishi, theirs)),
        notes: [`${paths.length} pages of ${number(kilobytes)} KB.`, ...notes],
        skipped,
      };
    } finally {
      for (const close of open.reverse()) await close();
    }
  },
};

function compare(against: string, ours: readonly Speed[], theirs: readonly Speed[]): Figure[] {
  const speed = ({ perSecond }: Speed) => perSecond;
  const cpu = ({ cpuMs }: Speed) => cpuMs;
  const isLoop = against === LOOP;
  const isCrawlee = against.startsWith('Crawlee');
  return [
    {
      what: 'pages per second',
      against,
      ratio: ratioOf(ours.map(speed), theirs.map(speed)),
      goal: { atLeast: isCrawlee ? 1 : 1.6 },
      better: 'higher',
      sides: `${number(median(ours.map(speed)))}/s, ${number(median(theirs.map(speed)))}/s`,
    },
    {
      what: 'CPU per page',
      against,
      ratio: ratioOf(ours.map(cpu), theirs.map(cpu)),
      ...(isLoop ? { goal: { atMost: 1.25 } } : {}),
      better: 'lower',
      sides: `${number(median(ours.map(cpu)))} ms, ${number(median(theirs.map(cpu)))} ms`,
    },
  ];
}

async function ourSide(origin: string, paths: readonly string[], open: (() => Promise<void>)[]): Promise<Side> {
  const server = await startTobiishi({ env: { ALLOW_HOSTS: new URL(origin).host, MIN_DELAY_MS: '0' } });
  open.push(() => server.stop());
  const visitor = new Visitor(server.origin);
  open.push(() => visitor.close());
  const fields = {
    urls: paths.map((path) => origin + path).join('\n'),
    columns: COLUMNS.map(
      ({ name, selector, attribute }) => `${name}: ${selector}${attribute ? `@${attribute}` : ''}`,
    ).join('\n'),
    limit: paths.length,
    delay: 0,
  };
  return async () => {
    const path = await visitor.start('scrape', fields);
    const before = await server.usage();
    const from = performance.now();
    const { run } = await visitor.follow(path, 0);
    const seconds = (performance.now() - from) / 1000;
    if (run.status !== 'done' || run.seq !== paths.length) throw new Error(`the run is ${run.status} at ${run.seq}`);
    const cpuMs = ((await server.usage()).cpuMs - before.cpuMs) / paths.length;
    return { perSecond: paths.length / seconds, cpuMs };
  };
}

async function programSide(
  name: string,
  task: { readonly origin: string; readonly paths: readonly string[]; readonly mode?: string },
  open: (() => Promise<void>)[],
): Promise<Side> {
  const directory = mkdtempSync(join(tmpdir(), 'tobiishi-peer-'));
  const program = await Program.start(compiled(`programs/${name}.js`), { CRAWLEE_STORAGE_DIR: directory });
  open.push(async () => {
    await program.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  let round = 0;
  return async () => {
    // Crawlee asks for no address twice.
    round += 1;
    const paths = task.paths.map((path) => `${path}?round=${round}`);
    const before = await program.usage();
    const seconds = await program.ask<number>({ ...task, paths });
    const cpuMs = ((await program.usage()).cpuMs - before.cpuMs) / paths.length;
    return { perSecond: paths.length / seconds, cpuMs };
  };
}

async function peers(
  sides: Record<string, Side>,
  origin: string,
  paths: readonly string[],
  open: (() => Promise<void>)[],
): Promise<{ notes: string[]; skipped: string[] }> {
  const notes: string[] = [];
  const skipped: string[] = [];
  const crawlee = peerVersion('@crawlee/cheerio');
  if (crawlee === null) skipped.push(`Crawlee: \`${INSTALL}\``);
  else {
    sides['Crawlee CheerioCrawler (defaults)'] = await programSide('crawlee', { origin, paths, mode: 'default' }, open);
    sides['Crawlee CheerioCrawler, tuned'] = await programSide('crawlee', { origin, paths, mode: 'tuned' }, open);
    notes.push(`Crawlee ${crawlee}; tuned is nothing kept on disk, no session pool, 10 at once from the start.`);
  }
  const scrapy = commandOutput(PYTHON, '-c', 'import scrapy; print(scrapy.__version__)');
  if (scrapy === null) skipped.push('Scrapy: `apt-get install -y python3-scrapy`');
  else {
    sides['Scrapy (defaults)'] = scrapySide('default', origin, paths);
    sides['Scrapy, tuned'] = scrapySide('tuned', origin, paths);
    notes.push(
      `Scrapy ${scrapy}; tuned are the settings of its page "Broad crawls". It writes CSV, we record in SQLite.`,
    );
  }
  return { notes, skipped };
}

function scrapySide(mode: string, origin: string, paths: readonly string[]): Side {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tobiishi-scrapy-'));
    const file = join(directory, 'task.json');
    writeFileSync(file, JSON.stringify({ urls: paths.map((path) => origin + path), columns: COLUMNS }));
    const script = join(projectRoot, 'bench', 'programs', 'scrapy_peer.py');
    try {
      const { stdout } = await promisify(execFile)(PYTHON, [script, mode, file], { cwd: directory });
      const { seconds, cpuMs, pages } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      if (pages !== paths.length) throw new Error(`Scrapy read ${pages} pages of ${paths.length}`);
      return { perSecond: pages / seconds, cpuMs: cpuMs / pages };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}
