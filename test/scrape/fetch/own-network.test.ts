import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = resolve(fileURLToPath(import.meta.url), '../../../fixtures/own-network.js');
/** A machine with many names is asked twice a second, over all visitors. */
const TURN_MS = 500;
const UNSHARE = ['--user', '--map-root-user', '--net', '--mount'];

const isPossible = spawnSync('unshare', [...UNSHARE, 'ip', 'link']).status === 0;

interface Seen {
  readonly refused: Readonly<Record<string, string>>;
  readonly reached: readonly string[];
  readonly requests: number;
  readonly watchedMs: number;
  readonly gaps: readonly number[];
  readonly names: number;
  readonly mostAtOnce: number;
}

test('in a network of its own the server leaves itself, inner names and denied hosts alone, and spares a machine with many names', {
  skip: isPossible ? false : 'networks of their own are not allowed here',
}, async (t) => {
  const { stdout } = await promisify(execFile)('unshare', [...UNSHARE, process.execPath, SCRIPT], { timeout: 120_000 });
  const { refused, reached, requests, watchedMs, gaps, names, mostAtOnce }: Seen = JSON.parse(stdout);
  t.diagnostic(`${requests} requests to ${names} names, gaps ${gaps.join(' ')} ms, ${mostAtOnce} at once`);
  assert.deepEqual(reached, ['good.example'], 'nobody else was asked');
  assert.match(String(refused['93.184.216.34']), /not on the public Internet/);
  assert.match(String(refused['site.example']), /not on the public Internet/);
  assert.match(String(refused['denied.example']), /does not fetch from denied\.example/);
  assert.match(String(refused['93.184.218.7']), /does not fetch from 93\.184\.218\.7/);
  const unnamed = (host: string) => String(refused[host]).replaceAll(host, 'NAME');
  assert.match(unnamed('nothing.example'), /NAME/);
  for (const host of ['own-name.example', 'inner.example']) {
    assert.equal(unnamed(host), unnamed('nothing.example'), `${host} looks like a name that does not exist`);
  }
  assert.ok(names >= 2, `${names} names`);
  // A request leaves a little later than its turn comes, so that two may be nearer to each other than their turns.
  assert.ok(requests <= watchedMs / TURN_MS + 1, 'twice a second, over all visitors and names');
  assert.ok(mostAtOnce <= 2);
});
