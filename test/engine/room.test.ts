import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '../fixtures/clock.js';
import { bench, deferred, jobOf } from '../fixtures/engine.js';

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
