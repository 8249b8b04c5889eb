import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readConfig, SETTINGS } from '../src/server/config.js';
import { findProxy } from './fixtures/real-proxy.js';
import { shippedConfig } from './fixtures/shipped-nginx.js';

const read = (path: string) => readFileSync(path, 'utf8');

/** Settings as each file writes them. */
const WRITTEN: Record<string, RegExp> = {
  'app.json': /"([A-Z_]+)": \{ "description": "[^"]*", "value": "([^"]*)"/g,
  'render.yaml': /key: ([A-Z_]+)\n\s+value: "?([^"\n]+)/g,
  'fly.toml': /^ {2}([A-Z_]+) = "([^"]*)"/gm,
  Dockerfile: /(?<=^ENV .*)([A-Z_]+)=(\S+)/gm,
  'deploy/tobiishi.service': /(?<=^Environment=.*)\b([A-Z_]+)=(\S+)/gm,
};

/** Read by the PostgreSQL driver. */
const OTHERS = ['PGSSLMODE'];

for (const [path, pattern] of Object.entries(WRITTEN)) {
  it(`${path} sets what there is to set, to values that are accepted`, () => {
    const written = [...read(path).matchAll(pattern)].map(([, name = '', value = '']) => [name, value] as const);
    assert.ok(written.length >= 2);
    for (const [name] of written) assert.ok(name in SETTINGS || OTHERS.includes(name), name);
    readConfig({ SESSION_SECRET: 'a'.repeat(32), ...Object.fromEntries(written) });
  });
}

it('the files start what the build makes', () => {
  const { scripts } = JSON.parse(read('package.json'));
  for (const path of ['Procfile', 'render.yaml', 'deploy/tobiishi.service'])
    assert.ok(read(path).includes(scripts.start), path);
  assert.deepEqual(
    /^CMD (\[.*\])$/m.exec(read('Dockerfile'))?.[1],
    JSON.stringify(scripts.start.split(' ')).replaceAll(',', ', '),
  );
});

it('the limit of nginx is the one that the unit states', () => {
  const limit = /proxy_read_timeout (\d+)s/.exec(read('deploy/nginx.conf'))?.[1];
  assert.ok(limit);
  assert.match(read('deploy/tobiishi.service'), new RegExp(`HOST_TIMEOUT=${limit}\\b`));
});

it('what the image is built from is not ignored', () => {
  const kept = read('.dockerignore').split('\n');
  for (const [, sources = ''] of read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const source of sources.split(' ')) {
      assert.ok(existsSync(source) && kept.includes(`!${source}`), source);
    }
  }
});

const nginx = findProxy('nginx');
it('nginx takes its file', { skip: nginx === null ? 'nginx is not installed' : false }, () => {
  assert.ok(nginx);
  const directory = mkdtempSync(join(tmpdir(), 'tobiishi-nginx-'));
  const main = shippedConfig(directory);
  const { status, stderr } = spawnSync(nginx, ['-t', '-q', '-c', main], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
