import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.xml': 'application/xml',
  '.txt': 'text/plain',
  '.json': 'application/json',
};

/** A site on a port of its own. Its answers are packed beforehand, so that serving them takes no time from the measuring. */
export async function openSite(pages: Readonly<Record<string, string | Buffer>>) {
  const packed = new Map(Object.entries(pages).map(([path, body]) => [path, gzipSync(body, { level: 1 })]));
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const body = packed.get(path);
    if (body === undefined) return void response.writeHead(404).end();
    const type = TYPES[/\.\w+$/.exec(path)?.[0] ?? ''] ?? 'text/html; charset=utf-8';
    response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(body);
  });
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
