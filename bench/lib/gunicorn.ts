import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/http/root.js';
import { commandOutput } from './peers.js';
import type { Usage } from './program.js';

/** Debian's: a Python of somebody's own has none of its packages. */
const GUNICORN = '/usr/bin/gunicorn';
const THREADS = 4;

/** What to do when it is missing. */
export const INSTALL_DJANGO = '`apt-get install -y python3-django gunicorn`';

export interface Gunicorn {
  readonly origin: string;
  /** Of Django and gunicorn. */
  readonly versions: string;
  /** CPU of its processes; memory is not measured. */
  usage(): Promise<Pick<Usage, 'cpuMs'>>;
  stop(): Promise<void>;
}

/** `programs/django_peer.py` in one process of threads; null where Django or gunicorn is not installed. */
export async function startGunicorn(): Promise<Gunicorn | null> {
  const django = commandOutput('/usr/bin/python3', '-c', 'import django; print(django.__version__)');
  const gunicorn = commandOutput(GUNICORN, '--version');
  if (django === null || gunicorn === null) return null;
  const args = ['--worker-class', 'gthread', '--threads', String(THREADS), '--keep-alive', '75'];
  const child = spawn(GUNICORN, [...args, '--bind', '127.0.0.1:0', 'django_peer:application'], {
    cwd: join(projectRoot, 'bench', 'programs'),
    env: { PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const end = () => void child.kill();
  process.once('exit', end);
  const gone = once(child, 'exit');
  return {
    origin: await listening(child),
    versions: `Django ${django}, ${gunicorn.replaceAll(/[()]|version /g, '')}, one process of ${THREADS} threads`,
    usage: async () => ({ cpuMs: cpuMsOf(Number(child.pid)) }),
    async stop() {
      end();
      process.off('exit', end);
      await gone;
    },
  };
}

async function listening(child: ChildProcess): Promise<string> {
  let log = '';
  for await (const chunk of child.stderr as NodeJS.ReadableStream) {
    log += chunk;
    const origin = /Listening at: (\S+)/.exec(log)?.[1];
    if (origin !== undefined && log.includes('Booting worker')) {
      child.stderr?.resume();
      return origin;
    }
  }
  throw new Error(`gunicorn did not start:\n${log}`);
}

/** Of the process, its threads and its children. https://www.kernel.org/doc/html/latest/scheduler/sched-stats.html */
function cpuMsOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
  return tasks.reduce((sum, task) => {
    const [onCpuNs = '0'] = readFileSync(`${task}/schedstat`, 'utf8').split(' ');
    const children = readFileSync(`${task}/children`, 'utf8').trim();
    const ofChildren = children === '' ? [] : children.split(' ').map((child) => cpuMsOf(Number(child)));
    return sum + Number(onCpuNs) / 1e6 + ofChildren.reduce((all, each) => all + each, 0);
  }, 0);
}
