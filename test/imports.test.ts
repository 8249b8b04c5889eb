import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { it } from 'node:test';

/**
 * What each part of `src` may import besides itself: rooms, and at the doors, which stand above all of them, the files that each
 * of them opens.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  engine: ['core'],
  store: ['core'],
  http: ['core'],
  drivers: ['core', 'engine'],
  pages: ['core', 'engine', 'http'],
  scrape: ['index.ts'],
  'wait.ts': ['index.ts'],
  'index.ts': ['core', 'instance.ts', 'options.ts', 'store/postgres/pool.ts'],
  'options.ts': ['core', 'http/texts.ts', 'server/config.ts', 'store/postgres/pool.ts'],
  'open.ts': [
    'core',
    'engine/blocks.ts',
    'engine/engine.ts',
    'engine/run-log.ts',
    'jobs.ts',
    'options.ts',
    'outgoing.ts',
    'server/config.ts',
    'store/free-disk.ts',
    'store/open.ts',
    'store/postgres/pool.ts',
  ],
  'app.ts': ['core', 'http', 'pages'],
  'instance.ts': [
    'app.ts',
    'core',
    'drivers',
    'engine/metrics.ts',
    'engine/run-log.ts',
    'http',
    'index.ts',
    'open.ts',
    'options.ts',
    'pages/actions.ts',
    'server/config.ts',
    'store/open.ts',
    'store/postgres/pool.ts',
    'store/sweep.ts',
  ],
  'jobs.ts': [
    'http/root.ts',
    'index.ts',
    'outgoing.ts',
    'scrape/fetch/on-demand.ts',
    'scrape/job/scrape.ts',
    'scrape/pool/worker-pool.ts',
    'server/config.ts',
    'wait.ts',
  ],
  'outgoing.ts': ['scrape/fetch/ports.ts', 'scrape/fetch/post.ts', 'server/config.ts'],
  server: [
    'core/errors.ts',
    'core/host-list.ts',
    'core/job-error.ts',
    'http/gate.ts',
    'http/http-server.ts',
    'index.ts',
    'jobs.ts',
  ],
  cli: [
    'core',
    'drivers',
    'engine/repeat.ts',
    'http/json-logger.ts',
    'http/root.ts',
    'http/texts.ts',
    'http/words.ts',
    'open.ts',
    // What a terminal says of forms, runs and rows as pages do.
    'pages/job/fields.ts',
    'pages/job/form.ts',
    'pages/job/recipe.ts',
    'pages/job/texts.ts',
    'pages/paths.ts',
    'pages/run/downloads.ts',
    'pages/run/status.ts',
    'pages/schedule/listed.ts',
    'server/config.ts',
    'server/serve.ts',
  ],
  testing: ['core', 'engine/engine.ts', 'engine/lease.ts', 'store/sqlite'],
};

const part = (path: string) => path.split('/')[0] ?? '';

it('every file imports only what its part may, and each part what it says', () => {
  const unused = new Set(Object.entries(MAY_IMPORT).flatMap(([name, all]) => all.map((each) => `${name}: ${each}`)));
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  for (const file of files) {
    const allowed = MAY_IMPORT[part(file)];
    assert.ok(allowed, `${file} belongs to no known part`);
    const source = readFileSync(join('src', file), 'utf8');
    for (const [, target = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const imported = join(dirname(file), target.replace(/\.js$/, '.ts'));
      if (part(imported) === part(file)) continue;
      const by = allowed.find((each) => imported === each || imported.startsWith(`${each}/`));
      assert.ok(by, `${file} must not import ${imported}`);
      unused.delete(`${part(file)}: ${by}`);
    }
  }
  assert.deepEqual([...unused], []);
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
