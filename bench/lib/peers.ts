import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../src/http/root.js';

const FOLDER = join(projectRoot, 'bench');

/** What to do when a package of `bench/package.json` is missing. */
export const INSTALL = 'npm install --prefix bench --ignore-scripts';

/** The installed version of a peer; null when it is not installed. */
export function peerVersion(name: string): string | null {
  const path = join(FOLDER, 'node_modules', name, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : null;
}

/** A peer's module. It is not where compiled files look for packages, so that its types are stated by who asks. */
export async function importPeer<T>(name: string): Promise<T> {
  const path = createRequire(join(FOLDER, 'package.json')).resolve(name);
  return import(pathToFileURL(path).href);
}

/** The first line that a command prints, null when it cannot be run. */
export function commandOutput(command: string, ...args: string[]): string | null {
  try {
    return (
      execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0] ?? null
    );
  } catch {
    return null;
  }
}
