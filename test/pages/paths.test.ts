import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { paths, patterns } from '../../src/pages/paths.js';

const versionedName = (file: string) => `${file}?v=1`;

test('every address begins with the mount', () => {
  const { home, run, runSeq, asset, sharedResults } = paths('/tools/jobs', versionedName);
  assert.equal(home, '/tools/jobs/');
  assert.equal(run('a-b_c'), '/tools/jobs/runs/a-b_c');
  assert.equal(runSeq('x', 3), '/tools/jobs/runs/x?seq=3');
  assert.equal(asset('style.css'), '/tools/jobs/style.css?v=1');
  assert.equal(sharedResults('x').download('csv'), '/tools/jobs/shared/x/rows.csv');
  assert.equal(paths('', versionedName).home, '/');
});

test('a part of an address that somebody made up stays one part of it', () => {
  const { run, asked } = paths('', versionedName);
  assert.equal(run('"/../x?y'), '/runs/%22%2F..%2Fx%3Fy');
  assert.equal(asked('//another.example/x'), '/another.example/x');
  assert.equal(asked('/\\another.example'), '/another.example');
});

test('the patterns of the router are the same addresses', () => {
  assert.equal(patterns.run(':id'), '/runs/:id');
  assert.equal(patterns.runResults(':id').rows, '/runs/:id/rows');
});

/** Files that are the product's pages, or make them. */
function sources(): string[] {
  const folders = ['src/pages', 'src/http', 'views', 'public'];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return ['src/app.ts', ...files].filter((path) => /\.(ts|js|ejs)$/.test(path) && path !== 'src/pages/paths.ts');
}

/** Addresses that are written out: `href="/x"`, `'/runs'`, `${mount}/x`, with a name after the slash or alone. */
const WRITTEN_OUT = [
  /(?:href|src|action|formaction|url)=["']?\//,
  /(?:%>|\})\/(?:runs|jobs|shared|host|rows|share|pause|delete)\b/,
  /['"`]\/(?:runs|jobs|shared|host|healthz|service-worker)\b/,
  /(?:redirect\([^)]*|fetch\(|register\(|here: |location = )['"`]\//,
];

test('no address is written anywhere but in paths.ts', () => {
  const files = sources();
  assert.ok(files.length > 80, `${files.length} files`);
  for (const file of files) {
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
    for (const pattern of WRITTEN_OUT) assert.equal(pattern.exec(code)?.[0], undefined, `${file} writes an address`);
  }
  // The patterns find what they are for.
  for (const written of ['href="/x"', 'action="<%= here %>/share"', "get('/runs/:id')", "redirect(303, '/')"]) {
    assert.ok(
      WRITTEN_OUT.some((pattern) => pattern.test(written)),
      written,
    );
  }
});
