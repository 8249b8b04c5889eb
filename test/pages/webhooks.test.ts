import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { tobiishi } from '../../src/index.js';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

it('a visitor is told when a run ends, by messages that can be checked, until it is taken back', async (t) => {
  const received: { headers: Record<string, string>; body: string }[] = [];
  const receiver = createServer(async (req, res) => {
    received.push({ headers: req.headers as Record<string, string>, body: await text(req) });
    res.writeHead(204).end();
    receiver.emit('received');
  });
  const port = await listening(receiver);
  const jobs = await tobiishi({
    jobs: [rows],
    database: 'memory:',
    allowHosts: `127.0.0.1:${port}`,
    logLevel: 'silent',
    trustProxy: 1,
  });
  const server = createServer((req, res) => jobs(req, res, () => res.end()));
  const url = `http://127.0.0.1:${await listening(server)}`;
  t.after(async () => {
    for (const each of [server, receiver]) each.close().closeAllConnections();
    await jobs.close();
  });

  const visitor = new Visitor(url);
  for (const wrong of [
    'http://127.0.0.1:1/',
    'http://169.254.169.254/',
    'ftp://example.org/',
    'http://a:b@example.org/',
    'x',
  ]) {
    const refused = await visitor.submit('/tokens', '/tokens/webhooks', { url: wrong });
    assert.equal(refused.status, 422, wrong);
    assert.match(await refused.text(), /no address on the public Internet/);
  }
  const made = await (
    await visitor.submit('/tokens', '/tokens/webhooks', { url: `http://127.0.0.1:${port}/hook` })
  ).text();
  const secret = /value="(whsec_[^"]+)"/.exec(made)?.[1] ?? assert.fail('no secret');
  const page = await (await visitor.get('/tokens')).text();
  assert.ok(page.includes(`http://127.0.0.1:${port}/hook`) && !page.includes('whsec_'), 'the secret is shown once');

  const told = once(receiver, 'received');
  const path = await visitor.start('rows');
  await visitor.drive(path);
  await told;
  const [{ headers, body }] = received as [{ headers: Record<string, string>; body: string }];
  const message = new Webhook(secret).verify(body, headers) as { type: string; data: { id: string } };
  assert.deepEqual([message.type, message.data.id], ['run.done', path.split('/').at(-1)]);

  const id = /name="webhook" value="([^"]+)"/.exec(page)?.[1] ?? '';
  await new Visitor(url).submit('/tokens', '/tokens/webhooks/remove', { webhook: id });
  assert.match(
    await (await visitor.get('/tokens')).text(),
    new RegExp(`:${port}/hook`),
    'another visitor cannot take it back',
  );
  await visitor.submit('/tokens', '/tokens/webhooks/remove', { webhook: id });
  assert.doesNotMatch(await (await visitor.get('/tokens')).text(), new RegExp(`:${port}/hook`));
});
