/** The site that is scraped: real pages, on as many ports as asked, each of which counts as a host. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { readCorpus } from '../lib/corpus.js';
import { serveTasks } from '../lib/program.js';

type Task = { readonly open: number } | 'times';

const pages = new Map((readCorpus() ?? []).map(({ path, bytes }) => [path, bytes]));
const SMALL = Buffer.from('<!doctype html><title>A page</title><h1>A page</h1><p>Text.');
/** When each host was asked, in ms, by port. */
let times = new Map<number, number[]>();

/** `{ open }`: answers the ports. `times`: when each of them was asked since the last question. */
serveTasks<Task>(async (task) => {
  if (task === 'times') {
    const answered = Object.fromEntries(times);
    times = new Map();
    return answered;
  }
  return Promise.all(Array.from({ length: task.open }, () => listen()));
});

async function listen(): Promise<number> {
  const server: Server = createServer({ keepAliveTimeout: 120_000 }, ({ url = '/' }, res) => {
    const asked = times.get(port) ?? [];
    times.set(port, asked);
    asked.push(performance.now());
    if (url === '/robots.txt') return void res.writeHead(200, { 'content-type': 'text/plain' }).end('User-agent: *\n');
    const body = pages.get(url.replace(/\?.*/, '')) ?? SMALL;
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return port;
}
