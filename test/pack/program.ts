import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const ANY_PORT = resolve('test/fixtures/any-port.mjs');

export interface Program {
  /** `http://localhost:PORT` */
  readonly url: string;
  /** Sends the signal; answers the exit code, null when the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a program that listens somewhere; a free port is taken instead. */
export async function startProgram(
  folder: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const child = spawn(process.execPath, ['--import', ANY_PORT, file], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const port = await portOf(child, file);
  return {
    url: `http://localhost:${port}`,
    async stop(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill(signal);
      return (await gone)[0];
    },
  };
}

function portOf(child: ChildProcess, file: string): Promise<string> {
  return new Promise((found, failed) => {
    let said = '';
    const note = (chunk: Buffer) => {
      said += chunk;
      const port = /listening on port (\d+)/.exec(said)?.[1];
      if (port !== undefined) found(port);
    };
    child.stdout?.on('data', note);
    child.stderr?.on('data', note);
    child.once('exit', (code) => failed(new Error(`${file} ended with ${code}: ${said}`)));
  });
}
