import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/http/root.js';
import { compiled, Program, type Usage } from './program.js';

export interface Server {
  readonly origin: string;
  /** Its SQLite file, unless another store was asked for. */
  readonly database: string;
  usage(gc?: boolean): Promise<Usage>;
  /** Stops it and starts another one on the same database. */
  restart(options?: ServerOptions): Promise<Server>;
  readonly directory: string;
  /** Deletes its directory as well, unless it is to be kept. */
  stop(options?: { readonly keep: boolean }): Promise<void>;
}

export interface ServerOptions {
  readonly env?: Record<string, string>;
  /** Every slice stops after one step, however quick: what a page costs is then not shared by many steps. */
  readonly oneStep?: boolean;
  readonly directory?: string;
  /** Which server. Default: the one compiled beside the benches. */
  readonly main?: string;
}

const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
/** What `npm start` tells Node. */
export const NODE_FLAGS: readonly string[] = scripts.start.split(' ').filter((word: string) => word.startsWith('--'));

/** The real server as `npm start` starts it, in production, with the benches' own jobs. */
export async function startTobiishi(options: ServerOptions = {}): Promise<Server> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'tobiishi-bench-'));
  const database = join(directory, 'tobiishi.db');
  const env = {
    NODE_ENV: 'production',
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_URL: database,
    SESSION_SECRET: 'a secret for a bench only',
    LOG_LEVEL: 'warn',
    MAX_STEPS: '10000000',
    JOBS: ['chain', 'second'].map((name) => compiled(`jobs/${name}.js`)).join(','),
    // All visitors of a bench come from one address.
    MAX_UNFINISHED: '1000',
    MAX_STARTS: '1000000,1000000',
    ...options.env,
  };
  const oneStep = options.oneStep ? ['--import', new URL('one-step.js', import.meta.url).href] : [];
  const program = Program.spawn(options.main ?? compiled('../src/server/main.js'), env, [...NODE_FLAGS, ...oneStep]);
  const port = await program.listening();
  const end = async () => {
    await program.stop();
    if (program.log.includes('"level":50')) console.error(`the server logged errors:\n${program.log.slice(-4000)}`);
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    database,
    usage: (gc) => program.usage(gc),
    restart: async (other = {}) => {
      await end();
      return startTobiishi({ ...options, ...other, directory });
    },
    directory,
    stop: async ({ keep } = { keep: false }) => {
      await end();
      if (!keep) rmSync(directory, { recursive: true, force: true });
    },
  };
}
