import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOutput } from './peers.js';

export interface Redis {
  readonly port: number;
  readonly version: string;
  stop(): Promise<void>;
}

/** Ends the server when the pipe from here does, however this process ended. */
const HOLD = 'exec 3<&0; "$@" 3<&- & server=$!; (cat <&3 >/dev/null; kill $server) 2>/dev/null & wait $server';

/** Redis with its own defaults, on loopback, with data of its own; null when it is not installed. */
export async function startRedis(): Promise<Redis | null> {
  const version = /v=(\S+)/.exec(commandOutput('redis-server', '--version') ?? '')?.[1];
  if (version === undefined) return null;
  const directory = mkdtempSync(join(tmpdir(), 'tobiishi-redis-'));
  const port = await freePort();
  const args = ['redis-server', '--bind', '127.0.0.1', '--port', String(port), '--dir', directory];
  const child = spawn('sh', ['-c', HOLD, 'sh', ...args], { stdio: ['pipe', 'ignore', 'ignore'] });
  const gone = once(child, 'exit');
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries === 100) throw new Error('Redis did not start');
    await sleep(50);
  }
  const stop = async () => {
    child.stdin.end();
    await gone;
    rmSync(directory, { recursive: true, force: true });
  };
  return { port, version, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
