import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PostgresServer } from '../fixtures/postgres.js';
import { compile, install, packProject } from './package.js';

const EXAMPLES = readdirSync('examples').filter((file) => file.endsWith('.ts'));
const BESIDE = ['zod', 'fflate', 'jimp', 'pg', '@types'];

let folder: string;
let server: PostgresServer;
before(async () => {
  server = await PostgresServer.start();
  folder = install(packProject().tarball, Object.fromEntries(BESIDE.map((name) => [name, name])));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  for (const file of EXAMPLES) copyFileSync(join('examples', file), join(folder, file));
});
after(() => server.close());

test('an example is short', () => {
  for (const file of EXAMPLES.filter((name) => !name.endsWith('.test.ts'))) {
    assert.ok(readFileSync(join('examples', file), 'utf8').split('\n').length <= 40, file);
  }
});

test('the examples do what their tests say, with the package as it is published', async () => {
  compile(folder, EXAMPLES, { skipLibCheck: true });
  const tests = EXAMPLES.filter((file) => file.endsWith('.test.ts')).map((file) => file.replace('.ts', '.js'));
  const { status, stdout } = spawnSync(process.execPath, ['--test', ...tests], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TEST_DATABASE: await server.createDatabase() },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});
