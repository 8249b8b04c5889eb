// Compiles on every change and restarts the server on every new build.
import { spawn, spawnSync } from 'node:child_process';

const tsc = 'node_modules/typescript/bin/tsc';
spawnSync(process.execPath, [tsc, '-p', '.'], { stdio: 'inherit' });
const children = [
  spawn(process.execPath, [tsc, '-p', '.', '--watch', '--preserveWatchOutput'], { stdio: 'inherit' }),
  spawn(process.execPath, ['--enable-source-maps', '--watch', 'dist/server/main.js'], { stdio: 'inherit' }),
];
for (const child of children) {
  child.once('exit', () => {
    for (const other of children) other.kill();
  });
}
