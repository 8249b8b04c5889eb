import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { Request, Response } from 'express';
import { type Allowance, Limits, RATES, type RateName } from '../../src/http/limits.js';

function limits(most: Allowance): Limits {
  const rates = Object.fromEntries(RATES.map((name) => [name, most])) as Record<RateName, Allowance>;
  return new Limits({ rates, downloadsAtOnce: most, rateClient: null });
}

const asked = (ip: string, visitorId: string | null) =>
  ({ ip, tobiishiSession: { hostVisitor: visitorId, contents: {} } }) as unknown as Request;

const tooMany = { code: 'too-many-requests' };

describe('limits', () => {
  for (const name of RATES) {
    it(`of ${name} are those of a visitor and of an IPv4 address or an IPv6 /64, and of nobody else`, async () => {
      const few = limits({ visitor: 2, network: 3 });
      const take = (ip: string, visitorId: string | null) => few.take(asked(ip, visitorId), name);
      for (const [first, second, elsewhere] of [
        ['192.0.2.1', '192.0.2.1', '192.0.2.2'],
        ['2001:db8::1', '2001:db8::ffff:2', '2001:db8:0:1::1'],
      ] as const) {
        const [one, another] = [`one at ${first}`, `another at ${first}`];
        await take(first, one);
        await take(second, one);
        await assert.rejects(take(elsewhere, one), tooMany, 'the visitor, wherever');
        await take(second, another);
        await assert.rejects(take(first, null), tooMany, 'the network, whoever');
        await take(elsewhere, another);
      }
      assert.equal(few.refused.get(name), 4);
    });
  }

  it('of downloads at once: the next begins when one has ended', () => {
    const { open, all } = opener(limits({ visitor: 1, network: 2 }));
    open('192.0.2.1', 'a');
    assert.throws(() => open('192.0.2.2', 'a'), tooMany);
    open('192.0.2.1', 'b');
    assert.throws(() => open('192.0.2.1', 'c'), tooMany);
    open('192.0.2.3', 'c');
    for (const res of all) res.emit('close');
    open('192.0.2.1', 'a', true);
    open('192.0.2.1', 'a');
  });

  it('are counted in bytes, too: more than a minute allows is all of it', async () => {
    const few = limits({ visitor: 10, network: 15 });
    await few.take(asked('192.0.2.1', 'a'), 'uploads', 50);
    await assert.rejects(few.take(asked('192.0.2.1', 'b'), 'uploads', 1), tooMany);
    await few.take(asked('192.0.2.2', null), 'uploads', 15);
  });
});

function opener(few: Limits) {
  const all: EventEmitter[] = [];
  const open = (ip: string, visitorId: string, closed = false) => {
    const res = Object.assign(new EventEmitter(), { closed });
    few.beginDownload(asked(ip, visitorId), res as unknown as Response);
    all.push(res);
  };
  return { open, all };
}
