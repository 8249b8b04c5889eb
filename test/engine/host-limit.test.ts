import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostLimit } from '../../src/engine/host-limit.js';
import { FrozenClock, settled } from '../fixtures/clock.js';
import { bench, deferred, jobOf } from '../fixtures/engine.js';

const HOUR_MS = 60 * 60_000;

function limitOf() {
  const clock = new FrozenClock();
  return { clock, limit: new HostLimit(clock) };
}

describe('the limit of the host', () => {
  it('is believed when two browsers that came back for their step saw the same', () => {
    const { limit } = limitOf();
    limit.asked('a', 3, { status: 504, afterMs: 6021 });
    assert.equal(limit.ms, null);
    limit.asked('b', 1, { status: 503, afterMs: 6004 });
    assert.equal(limit.ms, 6004);
    assert.equal(limit.answerWithin(8000), 3002);
    assert.equal(limit.answerWithin(2000), 2000, 'only ever sooner');
  });

  it('is believed when two requests closed after the same time and their steps were asked for again', () => {
    const { limit } = limitOf();
    for (const seq of [1, 2]) {
      limit.closed('a', seq, 3000 + seq);
      limit.asked('a', seq);
    }
    assert.equal(limit.ms, 3001);
  });

  it('is not learned from a closed tab, nor from whoever pauses or reloads', () => {
    const { clock, limit } = limitOf();
    for (const run of ['a', 'b', 'c']) limit.closed(run, 1, 3000);
    limit.asked('a', null);
    limit.asked('a', 1);
    limit.asked('b', 0);
    limit.asked('b', 1);
    assert.equal(limit.ms, null);
    return clock.advance(61_000).then(() => {
      limit.asked('c', 1);
      limit.closed('d', 1, 3000);
      limit.asked('d', 1);
      assert.equal(limit.ms, null, 'one cut is not two');
    });
  });

  it('is not learned from refusals, from cuts at different times, or from the same report twice', () => {
    const { limit } = limitOf();
    for (let i = 0; i < 5; i += 1) {
      limit.asked('a', i, { status: 503, afterMs: 12 + i });
      limit.asked('a', 7, { status: 503, afterMs: 2000 });
      limit.asked('a', 8, { status: 404, afterMs: 5000 + i });
      limit.asked('a', 9, { status: 502, afterMs: 10_000 * (i + 1) });
      limit.asked('a', 10, { status: 0, afterMs: 9_000_000 + i });
    }
    assert.equal(limit.ms, null);
  });

  it('is not learned when the browser says that it lost patience itself', () => {
    const { limit } = limitOf();
    for (const seq of [1, 2, 3]) {
      limit.closed('a', seq, 7000);
      limit.asked('a', seq, null);
    }
    assert.equal(limit.ms, null);
  });

  it('never asks for answers sooner than a second, only ever falls, and is forgotten after an hour', async () => {
    const { clock, limit } = limitOf();
    const cut = (afterMs: number) => {
      for (const more of [0, 1]) limit.asked('a', 1, { status: 504, afterMs: afterMs + more });
    };
    cut(30_000);
    assert.equal(limit.ms, 30_000);
    cut(1100);
    assert.equal(limit.ms, 1100);
    assert.equal(limit.answerWithin(8000), 1000);
    cut(30_000);
    assert.equal(limit.ms, 1100);
    await clock.advance(HOUR_MS + 1);
    assert.equal(limit.ms, null);
  });

  it('holds little, however many runs are cut', () => {
    const { limit } = limitOf();
    for (let i = 0; i < 10_000; i += 1) limit.closed(`run ${i}`, 1, 3000);
    limit.asked('run 1', 1);
    limit.asked('run 2', 1);
    assert.equal(limit.ms, null, 'the oldest are forgotten');
    limit.asked('run 9998', 1);
    limit.asked('run 9999', 1);
    assert.equal(limit.ms, 3000);
  });

  it('makes the engine answer sooner, slices included', async () => {
    const { start, ask, engine, clock } = bench(
      jobOf(1, { step: async (_, { clock }) => clock.sleep(12_000).then(() => ({})) }),
    );
    for (const more of [0, 1]) engine.hostLimit.asked('a', 1, { status: 504, afterMs: 4000 + more });
    const asked = ask(await start());
    await clock.advance(2000);
    assert.equal((await asked).workingMs, 2000);
    await clock.advance(10_000);
  });
});

describe('room for so many runs at work', () => {
  it('is refused past it, with nothing executed, and given when one has ended', async () => {
    const gate = deferred();
    let executed = 0;
    const job = jobOf(1, {
      step: async () => {
        executed += 1;
        await gate.promise;
        return {};
      },
    });
    const { start, ask } = bench(job, { maxWorking: 2 });
    const runs = [await start(), await start(), await start()] as const;
    const asked = [ask(runs[0]), ask(runs[1])];
    await assert.rejects(ask(runs[2]), { code: 'too-busy' });
    assert.equal(executed, 2);
    const joined = ask(runs[0]);
    gate.resolve();
    await Promise.all([...asked, joined]);
    assert.equal((await ask(runs[2])).run.status, 'done');
  });

  it('is not taken by a run that only waits, which finds none when its step is due', async () => {
    let gate = deferred();
    let begun = 0;
    const job = jobOf(2, {
      step: async (_, { turn }) => {
        await turn('example.org', 3000);
        begun += 1;
        await gate.promise;
        return {};
      },
    });
    const { start, ask, clock } = bench(job, { maxWorking: 1 });
    const [first, second] = [await start(), await start()];
    const asked = ask(first);
    await settled();
    await assert.rejects(ask(second), { code: 'too-busy' });
    gate.resolve();
    assert.equal((await asked).run.seq, 1);
    // The host gets its pause, and meanwhile there is room for the other.
    gate = deferred();
    const waiting = [ask(first)];
    await settled();
    waiting.push(ask(second));
    await clock.advance(3000);
    assert.equal(begun, 2, 'one of the two found room');
    gate.resolve();
    await clock.advance(5000);
    await Promise.all(waiting);
  });
});
