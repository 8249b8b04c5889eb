// Makes what is published, in `dist` or the folder given: the code, bundled, and the declarations that users can reach.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'rolldown';
import config from '../rolldown.config.js';

const folder = process.argv[2] ?? 'dist';
// Files of an earlier build must not get into a package.
rmSync(folder, { recursive: true, force: true });
const declared = ['-p', '.', '--emitDeclarationOnly', '--outDir', folder];
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', ...declared], { stdio: 'inherit' });
if (status !== 0) process.exit(1);
await build({ ...config, output: { ...config.output, dir: folder } });

const reached = new Set();
for (const door of ['index', 'jobs', 'testing/index']) reach(join(folder, `${door}.d.ts`));
for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((each) => join(folder, each))) {
  if (path.endsWith('.d.ts') && !reached.has(path)) rmSync(path);
}

/** With whatever its declarations come from. */
function reach(path) {
  if (reached.has(path)) return;
  reached.add(path);
  for (const [, target] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)\.js["']/g)) {
    reach(join(dirname(path), `${target}.d.ts`));
  }
}
