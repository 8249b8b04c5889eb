import assert from 'node:assert/strict';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, it } from 'node:test';
import { systemClock } from '../../src/core/clock.js';
import { createHttpServer } from '../../src/http/http-server.js';
import { OpenAnswers } from '../../src/http/listener.js';

/** How many requests Node made. */
let made = 0;
class Counted extends IncomingMessage {
  constructor(...args: ConstructorParameters<typeof IncomingMessage>) {
    super(...args);
    made += 1;
  }
}

/** How many came to the listener. */
let asked = 0;
/** How many pieces came of their bodies. */
let pieces = 0;
const answers = new OpenAnswers(systemClock);
const server = createHttpServer(
  answers.watched((req, res) => {
    asked += 1;
    let bytes = 0;
    pieces = 0;
    req.on('data', ({ length }: Buffer) => {
      pieces += 1;
      bytes += length;
    });
    if (req.url !== '/held') req.once('end', () => res.end(`${pieces} ${bytes}`));
    req.on('error', () => {});
  }),
  { limits: { most: 10, mostOfNetwork: null }, serverOptions: { IncomingMessage: Counted } },
);

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

/** Until the server ends the connection; what came of it. */
async function send(text: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

const chunked = (body: string) =>
  `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body}0\r\n\r\n`;

it('a connection with more requests than anybody sends before an answer is ended, and no more of them are made', async () => {
  for (const header of ['', 'Expect: something\r\n']) {
    [made, asked] = [0, 0];
    await send(`GET /held HTTP/1.1\r\nHost: x\r\n${header}\r\n`.repeat(1000));
    assert.equal(asked, 20);
    assert.ok(made < 25, `${made} were made`);
  }
});

it('a body in single bytes is hung up on; few ones, and large ones, are read', async () => {
  assert.equal(await send(chunked('1\r\nx\r\n'.repeat(20_000))), '');
  assert.ok(pieces < 500, `${pieces} were read`);
  // The parser of that connection is used again.
  assert.match(await send(chunked('1\r\nx\r\n'.repeat(200))), /200 200$/);
  assert.match(await send(chunked(`3e8\r\n${'x'.repeat(1000)}\r\n`.repeat(1000))), / 1000000$/);
});
