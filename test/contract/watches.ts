import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Clock } from '../../src/core/clock.js';
import { MOST_FEED_ROWS, MOST_WATCHES, type SeenRow, type WatchStore } from '../../src/core/watches.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

const WATCH = { id: 'watch', visitorId: 'visitor' };

/** A row that is known by `key` and has `content`. */
const row = (key: string, content = 'x'): SeenRow => ({
  key,
  content,
  label: `label of ${key}`,
  row: `{"name":"${key}"}`,
});

/** What every store of watches must do. `open` answers an empty one. */
export function watchContract(name: string, open: (clock: Clock) => Promise<WatchStore>): void {
  describe(`watches, ${name}`, () => {
    let clock: FrozenClock;
    let watches: WatchStore;
    beforeEach(async () => {
      clock = new FrozenClock();
      watches = await open(clock);
    });
    const see = async (runId: string, rows: readonly SeenRow[], watch = WATCH) =>
      Object.fromEntries(await watches.see(watch, 'job', runId, rows));

    it('say what is new, changed and the same since earlier runs', async () => {
      assert.deepEqual(await see('one', [row('a'), row('b')]), { a: 'new', b: 'new' });
      assert.deepEqual(await see('two', [row('a'), row('b', 'y'), row('c')]), { a: 'same', b: 'changed', c: 'new' });
      assert.deepEqual(await see('three', [row('b', 'y'), row('c', 'z')]), { b: 'same', c: 'changed' });
    });

    it('give the same answer to a run that asks again, whatever it has asked since', async () => {
      await see('one', [row('a'), row('b')]);
      const rows = [row('a'), row('b', 'y'), row('c')];
      const first = await see('two', rows);
      await see('two', [row('d')]);
      assert.deepEqual(await see('two', rows), first);
      assert.deepEqual(Object.fromEntries(await watches.look(WATCH, 'two', rows)), first);
    });

    it('look without noting anything', async () => {
      await see('one', [row('a')]);
      assert.deepEqual(Object.fromEntries(await watches.look(WATCH, 'two', [row('a', 'y'), row('b')])), {
        a: 'changed',
      });
      assert.deepEqual(await see('two', [row('a'), row('b')]), { a: 'same', b: 'new' });
      assert.deepEqual(Object.fromEntries(await watches.look({ ...WATCH, id: 'none' }, 'one', [row('a')])), {});
    });

    it('keep what is watched apart', async () => {
      await see('one', [row('a')]);
      assert.deepEqual(await see('two', [row('a')], { ...WATCH, id: 'another' }), { a: 'new' });
    });

    it('say what the run before had and this one has not', async () => {
      assert.equal(await watches.gone('watch', 'one'), null);
      await see('one', [row('a'), row('b'), row('c')]);
      assert.deepEqual(await watches.gone('watch', 'one'), { count: 0, labels: [] });
      await see('two', [row('b')]);
      assert.deepEqual(await watches.gone('watch', 'two'), { count: 2, labels: ['label of a', 'label of c'] });
      await see('three', [row('b')]);
      assert.deepEqual(await watches.gone('watch', 'three'), { count: 0, labels: [] }, 'it was gone before');
    });

    it('have a feed of the newest rows, for whoever has its token', async () => {
      await see('one', [row('a'), row('b')]);
      const firstAt = clock.now();
      await clock.advance(1000);
      await see('two', [row('b', 'y'), row('c'), row('d')]);
      assert.equal(await watches.feedToken('watch'), null);
      await watches.setFeedToken('watch', 'token');
      assert.equal(await watches.feedToken('watch'), 'token');
      const feed = await watches.findFeed('token', 3);
      assert.deepEqual([feed?.watchId, feed?.jobName, feed?.updatedAt], ['watch', 'job', firstAt + 1000]);
      assert.deepEqual(feed?.rows, [
        { key: 'c', row: '{"name":"c"}', firstAt: firstAt + 1000 },
        { key: 'd', row: '{"name":"d"}', firstAt: firstAt + 1000 },
        { key: 'a', row: '{"name":"a"}', firstAt },
      ]);
      await watches.setFeedToken('watch', null);
      assert.equal(await watches.findFeed('token', 3), null);
    });

    it('keep as many rows whole as a feed shows, and remember the others', async () => {
      const many = Array.from({ length: MOST_FEED_ROWS + 5 }, (_, i) => row(`row ${i}`));
      await see('one', many);
      await watches.setFeedToken('watch', 'token');
      assert.equal((await watches.findFeed('token', 1000))?.rows.length, MOST_FEED_ROWS);
      assert.deepEqual(new Set(Object.values(await see('two', many))), new Set(['same']));
    });

    it('hold texts of any kind', async () => {
      const odd = { ...row('a'), label: 'nul\0 \ud83d 飛び石', row: JSON.stringify({ x: 'nul\0 \ud83d 飛び石' }) };
      await see('one', [odd, { ...row('b'), row: null }]);
      await see('two', []);
      await watches.setFeedToken('watch', 'token');
      assert.deepEqual((await watches.gone('watch', 'two'))?.count, 2);
      const [kept] = (await watches.findFeed('token', 10))?.rows ?? [];
      assert.deepEqual(JSON.parse(kept?.row ?? ''), { x: 'nul\0 \ud83d 飛び石' });
    });

    it('are few for each visitor: the one without a run for longest makes room', async () => {
      for (let i = 0; i <= MOST_WATCHES; i += 1) {
        await see('one', [row('a')], { ...WATCH, id: `watch ${i}` });
        await clock.advance(1);
      }
      assert.deepEqual(await see('two', [row('a')], { ...WATCH, id: 'watch 1' }), { a: 'same' });
      assert.equal(await watches.gone('watch 0', 'one'), null);
      assert.deepEqual(await see('one', [row('a')], { id: 'watch 0', visitorId: 'other' }), { a: 'new' });
      assert.deepEqual(await see('two', [row('a')], { id: 'watch 0', visitorId: 'other' }), { a: 'same' });
    });

    it('go with their visitor, and when they had no run for long', async () => {
      await see('one', [row('a')]);
      await clock.advance(500);
      await see('one', [row('a')], { id: 'other', visitorId: 'other' });
      await watches.removeAll('visitor');
      while (await watches.sweep(1000, 1));
      assert.deepEqual(await see('two', [row('a')]), { a: 'new' });
      await clock.advance(600);
      await watches.setFeedToken('other', 'token');
      while (await watches.sweep(1000, 1));
      assert.ok(await watches.findFeed('token', 1));
      await clock.advance(600);
      while (await watches.sweep(1000, 1));
      assert.equal(await watches.findFeed('token', 1), null);
    });
  });
}
