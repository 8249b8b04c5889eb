import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import type { Request, Response } from 'express';
import { systemClock } from '../../src/core/clock.js';
import { unreadBodies } from '../../src/http/unread-bodies.js';

it('what is refused unread is read on with rests, after its answer, and its connection serves the next request', async (t) => {
  let rests = 0;
  const sleep = async () => {
    rests += 1;
  };
  const clock = { ...systemClock, sleep };
  const readOn = unreadBodies(clock);
  const server = createServer((req, res) => {
    readOn(req as Request, res as Response, () => res.end(req.method));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => {
    agent.destroy();
    server.close();
  });
  const ask = async (method: string, body = '') => {
    const { port } = server.address() as AddressInfo;
    const asked = request({ host: '127.0.0.1', port, method, agent, headers: { 'content-length': body.length } });
    const answered = once(asked, 'response');
    asked.end(body);
    const [response] = (await answered) as [IncomingMessage];
    const { localPort } = response.socket;
    const text = (await response.setEncoding('utf8').toArray()).join('');
    assert.equal(text, method);
    return localPort;
  };
  const connection = await ask('POST', 'x'.repeat(1024));
  assert.equal(rests, 0);
  assert.equal(await ask('POST', 'x'.repeat(5_000_000)), connection);
  assert.equal(await ask('GET'), connection);
  assert.ok(rests > 10, `${rests} rests`);
});
