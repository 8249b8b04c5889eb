import { setMaxListeners } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.js';

/**
 * What happens to a request between the visitor and the server:
 * - `delay`: it arrives late, and so does its answer
 * - `drop`: it never arrives, the connection ends
 * - `silence`: it never arrives and nothing is said; the visitor gives up by itself
 * - `refuse`: 503 instead of the server
 * - `lose`: 503 after the server has done the work
 * - `reset`: the connection is reset after the server has done the work
 * - `truncate`: half of the answer, then the end of the connection
 * - `shorten`: half of the answer, made to look whole
 * - `duplicate`: sent twice at once (GET only, as browsers do)
 * - `echo`: sent again some time later, when the run has moved on (GET only)
 * - `reorder`: held back until later requests have passed it
 */
export type Fault =
  | 'delay'
  | 'drop'
  | 'silence'
  | 'refuse'
  | 'lose'
  | 'reset'
  | 'truncate'
  | 'shorten'
  | 'duplicate'
  | 'echo'
  | 'reorder';

export interface ProxyOptions {
  /** The addresses behind it at this moment, `http://host:port`; null stands for one that is down. */
  readonly backends: () => readonly (string | null)[];
  readonly random: Random;
  /** Of a thousand requests, how many meet with which fault. */
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  /** The host's limit: 504 after this long. */
  readonly cutAfterMs: number;
}

export interface FaultProxy {
  readonly url: string;
  /** How many requests met with what; `502` and `504` are what a host answers for a server that is down or slow. */
  readonly counts: Map<string, number>;
  /** From now on every request passes. */
  calm(): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const HELD_MS: Readonly<Partial<Record<Fault, readonly [number, number]>>> = {
  delay: [50, 1500],
  reorder: [300, 2500],
  echo: [200, 4000],
};
/** A hole in the network is noticed by the visitor; the proxy only must not keep it for ever. */
const SILENCE_MS = 4000;

/** A host's router as it is on a bad day: round robin without stickiness, faults drawn from the seed request by request. */
export async function startProxy({ backends, random, faults, cutAfterMs }: ProxyOptions): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const counts = new Map<string, number>();
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  let turn = 0;
  let calm = false;

  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const pause = (ms: number) => sleep(ms, undefined, { signal: over.signal }).catch(() => {});
  const held = (fault: Fault) => {
    const [least, most] = HELD_MS[fault] ?? [0, 0];
    return random.int(least, most);
  };

  function forward(req: IncomingMessage, body: Buffer): Promise<Answer> {
    const all = backends();
    turn += 1;
    const backend = all[turn % all.length] ?? null;
    if (backend === null) return Promise.resolve(hostPage(502));
    return new Promise((resolve) => {
      const { method = 'GET', headers, url = '/' } = req;
      const late = setTimeout(() => resolve(hostPage(504)), cutAfterMs);
      const settle = (answer: Answer) => {
        clearTimeout(late);
        resolve(answer);
      };
      const lost = () => settle(hostPage(502));
      const asked = request(new URL(url, backend), { method, headers, agent, signal: over.signal }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', lost);
        answer.on('close', lost);
        answer.on('end', () =>
          settle({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      });
      asked.on('error', lost);
      asked.end(body);
    });
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = Buffer.concat((await req.toArray()) as Buffer[]);
    const drawn = random.weighted(faults, 1000);
    const ms = drawn === null ? 0 : held(drawn);
    const fault = calm || (req.method !== 'GET' && (drawn === 'duplicate' || drawn === 'echo')) ? null : drawn;
    count(fault ?? 'pass');
    if (fault === 'drop') return void req.socket.destroy();
    if (fault === 'silence') {
      await pause(SILENCE_MS);
      return void req.socket.destroy();
    }
    if (fault === 'refuse') return send(res, hostPage(503));
    if (fault === 'delay' || fault === 'reorder') await pause(ms);
    if (fault === 'duplicate') void forward(req, body);
    if (fault === 'echo') void pause(ms).then(() => forward(req, body));
    const answer = await forward(req, body);
    if (answer.status === 502 || answer.status === 504) count(String(answer.status));
    if (fault === 'delay') await pause(ms);
    if (fault === 'lose') return send(res, hostPage(503));
    if (fault === 'reset') return void req.socket.resetAndDestroy();
    if (fault === 'truncate') return truncate(res, answer);
    if (fault === 'shorten') return send(res, { ...answer, body: half(answer.body) });
    send(res, answer);
  }

  const server = createServer((req, res) => {
    handle(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    calm: () => {
      calm = true;
    },
    async close() {
      over.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/** What hosts answer in the server's stead: a page that knows nothing of runs. */
function hostPage(status: number): Answer {
  const body = Buffer.from(`<!doctype html><title>${status}</title><h1>Application error</h1>`);
  return { status, headers: { 'content-type': 'text/html' }, body };
}

function send(res: ServerResponse, { status, headers, body }: Answer): void {
  res.writeHead(status, { ...endToEnd(headers), 'content-length': body.length }).end(body);
}

function truncate(res: ServerResponse, { status, headers, body }: Answer): void {
  res.writeHead(status, { ...endToEnd(headers), 'content-length': body.length + 1 });
  res.write(half(body), () => res.destroy());
}

function endToEnd({ connection, 'keep-alive': _, 'transfer-encoding': __, ...headers }: IncomingHttpHeaders) {
  return headers;
}

function half(body: Buffer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}
