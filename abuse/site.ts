import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Attack } from './attack.js';

const TYPES: Readonly<Record<string, string>> = {
  '.xml': 'application/xml',
  '.txt': 'text/plain',
  '.json': 'application/json',
};

/** A site on a port of its own. */
export async function openSite({ pages, answers }: Pick<Attack, 'pages' | 'answers'>) {
  const server = createServer(answers ?? pagesOf(pages?.() ?? {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Packed beforehand, so that serving them takes no time from the measuring. */
function pagesOf(pages: Readonly<Record<string, string | Buffer>>): RequestListener {
  const packed = new Map(Object.entries(pages).map(([path, body]) => [path, gzipSync(body, { level: 1 })]));
  return (request, response) => {
    const path = request.url ?? '';
    const body = packed.get(path);
    if (body === undefined) return void response.writeHead(404).end();
    const type = TYPES[/\.\w+$/.exec(path)?.[0] ?? ''] ?? 'text/html; charset=utf-8';
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(body);
  };
}
