import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';

/** In a thread of its own, so that the times are those of the requests and not of this thread's other work. */
const HOST = `
  const { parentPort } = require('node:worker_threads');
  const times = [];
  const server = require('node:http').createServer((request, response) => {
    times.push(performance.now());
    if (request.url === '/robots.txt') response.writeHead(404).end();
    else response.setHeader('content-type', 'text/html').end('<h1>' + request.url + '</h1>');
  });
  // The first request that a server ever gets takes longest to be noticed.
  server.listen(0, async () => {
    const { port } = server.address();
    for (let i = 0; i < 20; i += 1) await (await fetch('http://127.0.0.1:' + port)).text();
    times.length = 0;
    parentPort.postMessage(port);
  });
  parentPort.on('message', () => parentPort.postMessage(times));
`;

export interface LoggedHost {
  readonly host: string;
  readonly port: number;
  /** Milliseconds between the requests as the host noticed them; a loaded machine lets it notice one late. */
  noticed(): Promise<number[]>;
  /** Milliseconds between the moments at which the requests were handed to the system. */
  sent(): number[];
  /** When the last of them was. */
  lastAt(): number;
}

/** When requests to this port are handed to the system: a host in this process would notice one late. */
export function sentTo(t: TestContext, port: number): readonly number[] {
  const sent: number[] = [];
  const onSent = (message: unknown) => {
    if ((message as { socket: Socket }).socket.remotePort === port) sent.push(performance.now());
  };
  subscribe('undici:client:sendHeaders', onSent);
  t.after(() => unsubscribe('undici:client:sendHeaders', onSent));
  return sent;
}

/** A host that answers every page and logs when it was asked. */
export async function loggedHost(t: TestContext): Promise<LoggedHost> {
  const worker = new Worker(HOST, { eval: true });
  t.after(() => worker.terminate());
  const [port] = await once(worker, 'message');
  const sent = sentTo(t, port);
  return {
    host: `127.0.0.1:${port}`,
    port,
    async noticed() {
      worker.postMessage('times');
      const [times] = (await once(worker, 'message')) as [number[]];
      return gaps(times);
    },
    sent: () => gaps(sent),
    lastAt: () => sent.at(-1) ?? 0,
  };
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}
