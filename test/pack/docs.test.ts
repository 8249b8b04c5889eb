import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { type Block, otherCodeIn, programsIn } from './docs.js';
import { compile, install, packProject } from './package.js';
import { startProgram } from './program.js';

const PAGES = ['README.md', 'docs/write-a-job.md', 'docs/embed.md'];

/** What the programs import, besides Node and the package. */
const BESIDE = [
  'zod',
  'express',
  'express-session',
  'compression',
  'fastify',
  '@fastify/middie',
  'koa',
  'pg',
  '@types',
];

const programs: readonly Block[] = PAGES.flatMap(programsIn);
let folder: string;
before(() => {
  folder = install(packProject().tarball, Object.fromEntries(BESIDE.map((name) => [name, name])));
  for (const { file, text } of programs) writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
});

const named = (pattern: RegExp) => programs.map(({ file }) => file).filter((file) => pattern.test(file));

test('every code block of the pages is a program, or a command', () => {
  assert.ok(programs.length >= 8, `${programs.length} programs`);
  assert.equal(new Set(programs.map(({ file }) => file)).size, programs.length, 'each in a file of its own');
  assert.deepEqual(PAGES.flatMap(otherCodeIn), []);
});

test('the types of every program are right, the declarations of the package too', () => {
  compile(folder, named(/\.ts$/));
  // What they know of `req.session` is declared in typed.ts.
  compile(folder, [...named(/\.js$/), 'typed.ts'], { ...LENIENT, noEmit: true });
});

test('the tests among them pass', () => {
  for (const file of named(/\.test\.ts$/)) {
    const { status, stdout } = spawnSync(process.execPath, ['--test', file.replace('.ts', '.js')], {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
  }
});

/** What JavaScript does not declare is no mistake in it. The declarations of Koa's types have mistakes of their own. */
const LENIENT = { allowJs: true, checkJs: true, noImplicitAny: false, skipLibCheck: true };

/** Where each program has its pages. */
const MOUNTS: Readonly<Record<string, string>> = {
  'tools.js': '/jobs',
  'app.js': '/jobs',
  'with-scraper.js': '',
  'two-mounts.js': '/tools/jobs',
  'fastify.js': '/jobs',
  'koa.js': '/jobs',
  'typed.js': '/jobs',
};

test('the programs that serve do', async (t) => {
  assert.deepEqual(
    named(/\.js$/).filter((file) => !(file in MOUNTS)),
    [],
  );
  for (const [file, mount] of Object.entries(MOUNTS)) {
    const program = await startProgram(folder, file);
    t.after(() => program.stop('SIGKILL'));
    const visitor = new Visitor(program.url, mount);
    const home = await (await visitor.get(`${mount}/`)).text();
    const jobs = [...home.matchAll(/<h3><a href="([^"]+)"/g)].map(([, address = '']) => address);
    assert.ok(jobs.length > 0, `${file} offers jobs`);
    for (const job of jobs) {
      assert.ok(job.startsWith(`${mount}/jobs/`), `${file}: ${job}`);
      assert.equal((await visitor.get(job)).status, 200);
    }
    if (!jobs.includes(`${mount}/jobs/shout`)) continue;
    const run = await visitor.start('shout', { lines: 'one', pause: '0' });
    await visitor.drive(run);
    assert.deepEqual(await (await visitor.get(`${run}/rows.json`)).json(), [{ line: 'one', shouted: 'ONE' }]);
  }
});

test('a clone of the project can be given jobs that import from it by its name', async (t) => {
  const clone = join(folder, 'node_modules/tobiishi');
  copyFileSync(join(folder, 'shout.ts'), join(clone, 'shout.ts'));
  compile(clone, ['shout.ts']);
  const program = await startProgram(clone, 'dist/server/main.js', { DATABASE_URL: 'memory:', JOBS: './shout.js' });
  t.after(() => program.stop('SIGKILL'));
  const home = await (await new Visitor(program.url).get('/')).text();
  for (const job of ['wait', 'scrape', 'shout']) assert.ok(home.includes(`href="/jobs/${job}"`), job);
});

test('the program that waits for SIGTERM ends by itself then', async () => {
  const program = await startProgram(folder, 'app.js');
  await new Visitor(program.url, '/jobs').get('/jobs/');
  assert.equal(await program.stop('SIGTERM'), 0);
});
