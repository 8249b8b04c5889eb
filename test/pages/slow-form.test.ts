import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrozenClock } from '../../src/testing/frozen-clock.js';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { startSite } from './site.js';

async function bench(t: TestContext) {
  const clock = new FrozenClock();
  const site = await startSite([rows], { clock });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const page = await (await visitor.get('/jobs/rows')).text();
  const token = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
  /** Sends the beginning of a form whose length is stated, and no more. */
  const begin = (type: string, body: string) => {
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1');
    const head = [
      'POST /runs HTTP/1.1',
      'Host: localhost',
      `Cookie: ${cookie}`,
      `Content-Type: ${type}`,
      'Content-Length: 5000000',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    return once(socket, 'close').then(() => answer);
  };
  return { clock, token, begin };
}

const multipart = (token: string) =>
  `--x\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n${token}\r\n` +
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nhttp://a.exa';

test('a form that stops coming is given up, and its connection ended', async (t) => {
  const { clock, token, begin } = await bench(t);
  const forms = [
    begin('multipart/form-data; boundary=x', multipart(token)),
    begin('application/x-www-form-urlencoded', 'job=rows&field='),
  ];
  const answers = Promise.all(forms);
  // They arrive in real time.
  for (let isOver = false; !isOver; ) {
    isOver = await Promise.race([answers.then(() => true), sleep(10, false)]);
    await clock.advance(1000);
  }
  for (const answer of await answers) {
    assert.match(answer, /^HTTP\/1\.1 408 .*Connection: close.*The form came too slowly/s);
  }
});
