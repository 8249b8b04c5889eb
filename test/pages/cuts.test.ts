import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { Request, Response } from 'express';
import { RunCuts } from '../../src/pages/run/cuts.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

function cutsOf() {
  const clock = new FrozenClock();
  const cuts = new RunCuts(clock);
  /** A request for the step after `seq` whose connection closes after `ms`, unanswered. */
  const closing = async (run: string, seq: number | null, ms: number) => {
    const { close } = cuts.begin(run, seq);
    await clock.advance(ms);
    close(false);
  };
  return { clock, cuts, closing };
}

describe('a request that the host cut', () => {
  it('is found when its step is asked for again, once', async () => {
    const { cuts, closing } = cutsOf();
    await closing('a', 3, 3001);
    const again = cuts.begin('a', 3);
    assert.deepEqual(again.cut, { seq: 3, ms: 3001 });
    again.close(true);
    assert.equal(cuts.begin('a', 3).cut, null);
  });

  it('is not one whose tab was closed, nor one of whoever looks or asks for another step in between', async () => {
    const { clock, cuts, closing } = cutsOf();
    await closing('a', 1, 3000);
    cuts.begin('a', null).close(true);
    assert.equal(cuts.begin('a', 1).cut, null);
    await closing('b', 1, 3000);
    assert.equal(cuts.begin('b', 0).cut, null);
    assert.equal(cuts.begin('b', 1).cut, null);
    await closing('c', 1, 3000);
    await clock.advance(60_001);
    assert.equal(cuts.begin('c', 1).cut, null, 'opened again much later');
    await closing('d', null, 3000);
    assert.equal(cuts.begin('d', 0).cut, null);
  });

  it('is not one of two tabs, of which one is closed while the other asks', async () => {
    const { clock, cuts } = cutsOf();
    const [first, second] = [cuts.begin('a', 1), cuts.begin('a', 1)];
    await clock.advance(3000);
    second.close(false);
    first.close(true);
    assert.equal(cuts.begin('a', 1).cut, null, 'the other was open');
    const closed = cuts.begin('b', 1);
    await clock.advance(1000);
    cuts.begin('b', 1).close(true);
    await clock.advance(2000);
    closed.close(false);
    assert.equal(cuts.begin('b', 1).cut, null, 'the other has asked since');
  });

  it('is not one of a visitor who reloads, unless the browser says what it saw', async () => {
    const { clock, cuts, closing } = cutsOf();
    const again = (cacheControl: string | undefined, query = {}) => {
      const req = { query, get: () => cacheControl } as unknown as Request;
      const res = Object.assign(new EventEmitter(), { writableFinished: true });
      const cut = cuts.watch(req, res as unknown as Response, 'a', 1);
      res.emit('close');
      return cut;
    };
    for (const cacheControl of ['max-age=0', 'no-cache']) {
      await closing('a', 1, 2000);
      assert.equal(again(cacheControl), null);
    }
    await closing('a', 1, 2000);
    assert.deepEqual(again(undefined), { seq: 1, ms: 2000 });
    await clock.advance(2000);
    assert.deepEqual(again('max-age=0', { try: '1', cut: '504', after: '2000' }), { seq: 1, ms: 2000 });
    await clock.advance(2000);
    await closing('a', 1, 2000);
    assert.equal(again(undefined, { try: '1' }), null, 'it says that no host was to blame');
  });

  it('counts as its browser tells it, where that can be', async () => {
    const { clock, cuts, closing } = cutsOf();
    const report = (status: number, afterMs: number) => cuts.begin('unknown', 1, { status, afterMs }).cut;
    assert.deepEqual(report(504, 3000), { seq: 1, ms: 3000 });
    await clock.advance(1999);
    assert.equal(report(504, 3000), null, 'longer than since the last request');
    await clock.advance(3000);
    assert.deepEqual(report(0, 3000), { seq: 1, ms: 3000 });
    await clock.advance(3000);
    assert.equal(report(404, 3000), null);
    await closing('patience', 1, 7000);
    assert.equal(cuts.begin('patience', 1, null).cut, null, 'the browser lost patience itself');
  });

  it('is forgotten before too many are known', async () => {
    const { cuts, closing } = cutsOf();
    for (let i = 0; i < 3000; i += 1) cuts.begin(`run ${i}`, 1).close(false);
    await closing('last', 1, 3000);
    assert.equal(cuts.begin('run 1', 1).cut, null);
    assert.deepEqual(cuts.begin('last', 1).cut, { seq: 1, ms: 3000 });
  });
});
