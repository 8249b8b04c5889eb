import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Clock } from '../../src/core/clock.js';
import { fairRequests } from '../../src/http/fair-requests.js';

/** Sends requests that come at once, each from its address; answers them as they are let in. */
function crowd(clock: Pick<Clock, 'monotonic'> = { monotonic: () => 0 }) {
  const handler = fairRequests(clock);
  const letIn: string[] = [];
  // A request whose body the app around us has read is destroyed; its connection is not.
  const send = (ip: string, isGone = false, work = () => {}) =>
    handler({ ip, destroyed: true, socket: { destroyed: isGone } } as Request, {} as Response, () => {
      letIn.push(ip);
      work();
    });
  return { send, letIn };
}

describe('requests that come at once', () => {
  it('take turns by network: a thousand of one keep another for one of them', async () => {
    const { send, letIn } = crowd();
    for (let i = 0; i < 1000; i += 1) send('192.0.2.1');
    send('2001:db8::1');
    send('2001:db8::2');
    for (let i = 0; i < 4; i += 1) await setImmediate();
    assert.deepEqual(letIn.slice(0, 5), ['192.0.2.1', '2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.1']);
  });

  it('of a network whose last ones took long come after those of others', async () => {
    let now = 0;
    const { send, letIn } = crowd({ monotonic: () => now });
    const costly = () => {
      now += 200;
    };
    for (let i = 0; i < 3; i += 1) send('192.0.2.1', false, costly);
    send('192.0.2.2');
    send('192.0.2.2');
    for (let i = 0; i < 5; i += 1) await setImmediate();
    assert.deepEqual(letIn, ['192.0.2.1', '192.0.2.2', '192.0.2.2', '192.0.2.1', '192.0.2.1']);
  });

  it('do not wait for what their network had while nobody else wanted anything', async () => {
    let now = 0;
    const { send, letIn } = crowd({ monotonic: () => now });
    for (let i = 0; i < 3; i += 1) {
      send('192.0.2.1', false, () => {
        now += 200;
      });
      await setImmediate();
    }
    letIn.length = 0;
    for (let i = 0; i < 3; i += 1) send('192.0.2.2');
    send('192.0.2.1');
    for (let i = 0; i < 3; i += 1) await setImmediate();
    assert.deepEqual(letIn, ['192.0.2.2', '192.0.2.1', '192.0.2.2', '192.0.2.2']);
  });

  it('of very many networks of one customer are turns of one', async () => {
    const { send, letIn } = crowd();
    for (let i = 0; i < 500; i += 1) send(`2001:db8:1:${i.toString(16)}::1`);
    for (let i = 0; i < 3; i += 1) send('192.0.2.1');
    send('2001:db8:1:0::2');
    for (let i = 0; i < 6; i += 1) await setImmediate();
    assert.equal(letIn.filter((ip) => ip === '192.0.2.1').length, 3);
    assert.deepEqual(
      letIn.filter((ip) => ip !== '192.0.2.1').slice(0, 3),
      [0, 1, 2].map((i) => `2001:db8:1:${i}::1`),
    );
  });

  it('are not kept waiting by newcomers without end', async () => {
    const { send, letIn } = crowd();
    for (let i = 0; i < 3; i += 1) send('192.0.2.1');
    for (let i = 0; i < 20; i += 1) {
      send(`198.51.100.${i}`);
      send(`203.0.113.${i}`);
      await setImmediate();
    }
    assert.equal(letIn.filter((ip) => ip === '192.0.2.1').length, 3);
  });

  it('are let in one at each turn of the event loop, and whoever has gone not at all', async () => {
    const { send, letIn } = crowd();
    send('192.0.2.1');
    assert.deepEqual(letIn, ['192.0.2.1'], 'who comes alone does not wait');
    send('192.0.2.2', true);
    send('192.0.2.3');
    send('192.0.2.4');
    await setImmediate();
    assert.equal(letIn.length, 1);
    await setImmediate();
    assert.deepEqual(letIn, ['192.0.2.1', '192.0.2.3']);
  });
});
