// Bundles on every change and restarts the server on every new bundle. `npm run check` says what is wrong with types.
import { spawn, spawnSync } from 'node:child_process';

const rolldown = ['node_modules/rolldown/bin/cli.mjs', '-c'];
spawnSync(process.execPath, rolldown, { stdio: 'inherit' });
const children = [
  spawn(process.execPath, [...rolldown, '--watch'], { stdio: 'inherit' }),
  spawn(process.execPath, ['--enable-source-maps', '--watch', 'dist/server/main.js'], { stdio: 'inherit' }),
];
for (const child of children) {
  child.once('exit', () => {
    for (const other of children) other.kill();
  });
}
