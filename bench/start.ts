import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../src/http/root.js';
import type { Bench, Figure } from './lib/bench.js';
import { alternate, median, ratioOf, spreadOf } from './lib/measure.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';
import { NODE_FLAGS, startTobiishi } from './lib/tobiishi.js';

const IDLE_MS = 1000;
const MB = 2 ** 20;

interface Start {
  readonly ms: number;
  readonly rssBytes: number;
}

export const start: Bench = {
  name: 'start',
  measures:
    'From the start of the process to listening, and memory a second later, against Express with one route that says hello; and how large an install without development packages is.',
  wrong: [
    'The files were not in the page cache: both sides are started once before.',
    'A database had to be made: it is there already, as after the first start.',
  ],
  async run({ quick }) {
    const installed = mkdtempSync(join(tmpdir(), 'tobiishi-install-'));
    try {
      install(installed);
      // Without the benches' jobs.
      const as = { env: { JOBS: '' }, main: join(installed, 'node_modules/tobiishi/dist/server/main.js') };
      const first = await startTobiishi(as);
      await first.stop({ keep: true });
      const sides = {
        ours: () =>
          measure(async () => {
            const server = await startTobiishi({ ...as, directory: first.directory });
            return { usage: server.usage, stop: () => server.stop({ keep: true }) };
          }),
        theirs: () =>
          measure(async () => {
            const program = Program.spawn(compiled('programs/hello.js'), { NODE_ENV: 'production' }, NODE_FLAGS);
            await program.listening();
            return { usage: () => program.usage(), stop: () => program.stop() };
          }),
      };
      await sides.theirs();
      const starts = await alternate<'ours' | 'theirs', Start>(quick ? 3 : 15, sides);
      const figure = (what: string, atMost: number, unit: string, of: (start: Start) => number): Figure => ({
        what,
        against: 'Express 5',
        ratio: ratioOf(starts.ours.map(of), starts.theirs.map(of)),
        goal: { atMost },
        better: 'lower',
        sides: `${number(median(starts.ours.map(of)))} ${unit}, ${number(median(starts.theirs.map(of)))} ${unit}`,
      });
      rmSync(first.directory, { recursive: true, force: true });
      return {
        figures: [
          figure('start to listening', 2, 'ms', ({ ms }) => ms),
          figure('memory at idle', 1.5, 'MB', ({ rssBytes }) => rssBytes / MB),
          {
            what: 'install size: the package and zod, `npm install --omit=dev`',
            against: 'bytes of all files',
            ratio: spreadOf([sizeOf(join(installed, 'node_modules')) / 1_000_000]),
            goal: { atMost: 45 },
            better: 'lower',
            unit: 'MB',
            sides: '',
          },
        ],
      };
    } finally {
      rmSync(installed, { recursive: true, force: true });
    }
  },
};

interface Running {
  usage(): Promise<{ rssBytes: number }>;
  stop(): Promise<void>;
}

async function measure(begin: () => Promise<Running>): Promise<Start> {
  const from = performance.now();
  const running = await begin();
  const ms = performance.now() - from;
  await sleep(IDLE_MS);
  const { rssBytes } = await running.usage();
  await running.stop();
  return { ms, rssBytes };
}

/** As users install it. Packages come from npm's cache where they are in it. */
function install(folder: string): void {
  const npm = (cwd: string, ...args: string[]) => execFileSync('npm', args, { cwd, stdio: 'pipe' });
  npm(projectRoot, 'pack', '--pack-destination', folder);
  const [tarball = ''] = readdirSync(folder);
  npm(folder, 'install', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`, 'zod');
}

function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
