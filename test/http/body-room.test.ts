import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BodyRoom } from '../../src/http/body-room.js';
import { FrozenClock, settled } from '../../src/testing/frozen-clock.js';

/** Whether it was settled without any time passing. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  const end = () => {
    over = true;
  };
  promise.then(end, end);
  await settled();
  return over;
}

describe('room for forms', () => {
  it('is not all for one network: another finds some at once', async () => {
    const room = new BodyRoom(100, new FrozenClock());
    await room.take(['network a'], 50);
    assert.equal(await isOver(room.take(['network a'], 1)), false);
    assert.equal(await isOver(room.take(['network b'], 25)), true);
  });

  it('is waited for until another form is done', async () => {
    const room = new BodyRoom(100, new FrozenClock());
    const giveBack = await room.take(['network a'], 50);
    const waiting = room.take(['network a'], 50);
    assert.equal(await isOver(waiting), false);
    giveBack();
    assert.equal(await isOver(waiting), true);
  });

  it('that does not come in ten seconds is refused, and takes nothing then', async () => {
    const clock = new FrozenClock();
    const room = new BodyRoom(100, clock);
    const giveBack = await room.take(['network a'], 50);
    const refused = assert.rejects(room.take(['network a'], 50), { code: 'too-many-requests' });
    await clock.advance(10_000);
    await refused;
    giveBack();
    assert.equal(await isOver(room.take(['network a'], 50)), true);
  });
});
