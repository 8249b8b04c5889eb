import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { it } from 'node:test';

/** What each part of `src` may import besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  scrape: ['index.ts'],
  store: ['core'],
  engine: ['core'],
  http: ['core'],
  pages: ['core', 'engine', 'http'],
  'wait.ts': ['index.ts'],
  'jobs.ts': ['core', 'http', 'outgoing.ts', 'scrape', 'server', 'wait.ts'],
  'outgoing.ts': ['scrape', 'server'],
  'index.ts': ['core', 'http', 'instance.ts', 'options.ts', 'store'],
  'options.ts': ['core', 'http', 'server', 'store'],
  'app.ts': ['core', 'engine', 'pages', 'http'],
  'open.ts': ['core', 'engine', 'jobs.ts', 'options.ts', 'outgoing.ts', 'server', 'store'],
  'instance.ts': [
    'app.ts',
    'core',
    'drivers',
    'engine',
    'http',
    'index.ts',
    'open.ts',
    'options.ts',
    'pages',
    'server',
    'store',
  ],
  cli: ['core', 'drivers', 'engine', 'http', 'open.ts', 'pages', 'server'],
  server: ['core', 'http', 'index.ts', 'jobs.ts'],
  drivers: ['core', 'engine'],
  testing: ['core', 'engine', 'store'],
};

const part = (path: string) => relative('src', path).split('/')[0] ?? '';

it('every file imports only what its folder may', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  assert.ok(files.length > 20);
  for (const file of files.map((path) => join('src', path))) {
    const allowed = MAY_IMPORT[part(file)];
    assert.ok(allowed, `${file} belongs to no known part`);
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const imported = part(join(dirname(file), target.replace(/\.js$/, '.ts')));
      assert.ok(imported === part(file) || allowed.includes(imported), `${file} must not import ${imported}`);
    }
  }
});

it('no files import each other in a circle', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const importsOf = (path: string) =>
    [...readFileSync(path, 'utf8').matchAll(/\bfrom\s*'(\.[^']+)'/g)].map(([, target = '']) =>
      join(dirname(path), target.replace(/\.js$/, '.ts')),
    );
  const free = new Set<string>();
  const walk = (path: string, behind: readonly string[]) => {
    assert.ok(!behind.includes(path), `a circle: ${[...behind, path].join(' → ')}`);
    if (free.has(path)) return;
    for (const imported of importsOf(path)) walk(imported, [...behind, path]);
    free.add(path);
  };
  for (const file of files) walk(join('src', file), []);
  assert.ok(free.size > 20);
});

it('the environment is read in one place: each main.ts hands it to config.ts', () => {
  const readers = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && /process\.env/.test(readFileSync(join('src', path), 'utf8')),
  );
  assert.deepEqual(readers.sort(), ['cli/main.ts', 'server/main.ts']);
});
