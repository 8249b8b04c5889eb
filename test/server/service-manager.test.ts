import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../fixtures/patience.js';
import { startServer } from '../fixtures/server.js';

/** A folder with a `systemd-notify` that writes down what it is given and by what socket. */
function fakeNotify() {
  const folder = mkdtempSync(join(tmpdir(), 'tobiishi-notify-'));
  const told = join(folder, 'told');
  const program = join(folder, 'systemd-notify');
  writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${told}\n`);
  chmodSync(program, 0o755);
  const lines = () => (existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []);
  return { PATH: `${folder}:${process.env['PATH']}`, lines };
}

test('systemd is told that the server is ready, that its event loop turns, and that it stops', async () => {
  const { PATH, lines } = fakeNotify();
  const server = await startServer({ PATH, NOTIFY_SOCKET: '/run/some/socket', WATCHDOG_USEC: '300000' });
  await until('it turns', () => lines().filter((line) => line.endsWith(' WATCHDOG=1')).length >= 2);
  assert.equal(await server.kill('SIGTERM'), 0);
  await until('it stops', () => lines().some((line) => line.endsWith(' STOPPING=1')));
  // Each is told by a process of its own, of which the first may come last.
  assert.ok(lines().includes('/run/some/socket READY=1'));
});

test('without systemd, or where the watchdog is meant for another process, nothing is told', async () => {
  const { PATH, lines } = fakeNotify();
  const alone = await startServer({ PATH, WATCHDOG_USEC: '100000' });
  assert.equal(await alone.kill('SIGTERM'), 0);
  assert.deepEqual(lines(), []);
  const other = await startServer({ PATH, NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' });
  await until('it is told', () => lines().length > 0);
  assert.equal(await other.kill('SIGTERM'), 0);
  assert.ok(lines().every((line) => !line.includes('WATCHDOG')));
});
