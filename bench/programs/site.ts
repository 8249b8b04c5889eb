/** The site that is scraped: real pages, on as many ports as asked, each of which counts as a host. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { LARGE_PATH, readCorpus } from '../lib/corpus.js';
import { serveTasks } from '../lib/program.js';

type Task = { readonly open: number } | 'times';

const LARGE_ROWS = 40_000;

const pages = new Map((readCorpus() ?? []).map(({ path, bytes }) => [path, bytes]));
pages.set(LARGE_PATH, large());
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

/** About 5 MB of a table. */
function large(): Buffer {
  const rows = Array.from({ length: LARGE_ROWS }, (_, i) => {
    return `<tr class="row"><td class="name"><a href="/item/${i}">Item ${i}</a></td><td class="price">${i % 997}.50</td><td>in stock</td></tr>`;
  });
  return Buffer.from(`<!doctype html><title>A large page</title><h1>All items</h1><table>${rows.join('\n')}</table>`);
}
