import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Clock } from '../../src/core/clock.js';
import { controlRun } from '../../src/core/run-changes.js';
import type { Store } from '../../src/core/store.js';
import { MOST_WEBHOOKS, type WebhookStore } from '../../src/core/webhooks.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

interface Opened {
  readonly store: Store;
  readonly webhooks: WebhookStore;
}

/** What every store of webhooks must do. `open` answers an empty one, with the store of the runs beside it. */
export function webhookContract(name: string, open: (clock: Clock) => Promise<Opened>): void {
  describe(`webhooks, ${name}`, () => {
    let clock: FrozenClock;
    let store: Store;
    let webhooks: WebhookStore;
    beforeEach(async () => {
      clock = new FrozenClock();
      ({ store, webhooks } = await open(clock));
    });
    const add = (visitorId: string, id: string, mostOfAll = 100) =>
      webhooks.add({ id, visitorId, url: `https://example.org/${id}`, secret: 'sealed' }, mostOfAll);
    const start = (id: string, visitorId: string) =>
      store.createRun(
        { id, visitorId, network: null, job: 'job', version: 1, input: {}, maxTotal: 10 },
        [{ item: 1, key: null, lane: '' }],
        10,
      );
    const cancel = (id: string) => store.change(controlRun(id, 'cancel'));

    it('are listed for their visitor, newest first, and no more than a few', async () => {
      for (let i = 0; i < MOST_WEBHOOKS; i += 1) {
        assert.equal(await add('a', `hook ${i}`), true);
        await clock.advance(1);
      }
      assert.equal(await add('a', 'one more'), false);
      assert.equal(await add('b', 'another visitor'), true);
      await assert.rejects(add('c', 'a third', MOST_WEBHOOKS + 1), { code: 'storage-full' });
      const listed = await webhooks.list('a');
      assert.equal(listed.length, MOST_WEBHOOKS);
      assert.deepEqual(listed.at(-1), {
        id: 'hook 0',
        visitorId: 'a',
        url: 'https://example.org/hook 0',
        secret: 'sealed',
        createdAt: (listed[0]?.createdAt ?? 0) - MOST_WEBHOOKS + 1,
        triedAt: null,
        problem: null,
      });
    });

    it('get a message from the change that ends a run of their visitor, and from no other', async () => {
      await add('a', 'one');
      await add('a', 'two');
      await start('mine', 'a');
      await start('other', 'b');
      await store.change(controlRun('mine', 'pause'));
      assert.deepEqual(await webhooks.takeDue(10, 1000), []);
      await cancel('other');
      await cancel('mine');
      await cancel('mine');
      const taken = await webhooks.takeDue(10, 1000);
      assert.deepEqual(taken.map(({ url }) => url).sort(), ['https://example.org/one', 'https://example.org/two']);
      assert.equal(new Set(taken.map(({ id }) => id)).size, 2);
      const [first] = taken;
      assert.deepEqual(
        [first?.runId, first?.status, first?.endedAt, first?.attempts, first?.secret],
        ['mine', 'cancelled', (await store.findRun('mine'))?.updatedAt, 1, 'sealed'],
      );
    });

    it('that did not receive a message get their others after those who receive theirs', async () => {
      await add('a', 'bad');
      for (const id of ['1', '2']) await start(id, 'a').then(() => cancel(id));
      const [first] = await webhooks.takeDue(1, 1000);
      assert.ok(first);
      await webhooks.settle(first, '500', 60_000);
      await add('b', 'good');
      await start('3', 'b').then(() => cancel('3'));
      const hooks = [];
      for (let i = 0; i < 2; i += 1) hooks.push(...(await webhooks.takeDue(1, 1000)).map(({ webhookId }) => webhookId));
      assert.deepEqual(hooks, ['good', 'bad']);
    });

    it('that have had nothing to tell for long are swept, with what was still to be sent', async () => {
      await add('a', 'old');
      await start('run', 'a');
      await cancel('run');
      const [delivery] = await webhooks.takeDue(10, 1000);
      assert.ok(delivery);
      await clock.advance(100_000);
      await add('b', 'unused');
      await clock.advance(50_000);
      await webhooks.settle(delivery, '500', 0);
      await add('c', 'new');
      await clock.advance(80_000);
      assert.equal(await webhooks.sweep(100_000, 10), false);
      assert.deepEqual(
        await Promise.all(['a', 'b', 'c'].map(async (id) => (await webhooks.list(id)).length)),
        [1, 0, 1],
      );
      await clock.advance(80_000);
      assert.equal(await webhooks.sweep(100_000, 1), true, 'bit by bit');
      assert.equal(await webhooks.sweep(100_000, 2), false);
      assert.deepEqual(await webhooks.takeDue(10, 1000), []);
    });

    it('that did not receive their last message come after others', async () => {
      await add('a', 'away');
      await add('b', 'there');
      await start('first', 'a');
      await cancel('first');
      const [delivery] = await webhooks.takeDue(10, 1000);
      assert.ok(delivery);
      await webhooks.settle(delivery, '500', null);
      await start('second', 'a');
      await cancel('second');
      await clock.advance(1);
      await start('third', 'b');
      await cancel('third');
      const next = async () => (await webhooks.takeDue(1, 1000))[0]?.runId;
      assert.deepEqual([await next(), await next(), await next()], ['third', 'second', undefined]);
    });

    it('have a message until it is settled: whoever took it may die', async () => {
      await add('a', 'hook');
      await start('run', 'a');
      await cancel('run');
      const [first] = await webhooks.takeDue(10, 1000);
      assert.ok(first);
      assert.deepEqual(await webhooks.takeDue(10, 1000), [], 'it is taken');
      await clock.advance(1000);
      const [second] = await webhooks.takeDue(10, 1000);
      assert.deepEqual([second?.id, second?.attempts], [first.id, 2]);
      await webhooks.settle(first, '500', 5000);
      assert.equal((await webhooks.list('a'))[0]?.problem, '500');
      await clock.advance(4999);
      assert.deepEqual(await webhooks.takeDue(10, 1000), []);
      await clock.advance(1);
      assert.equal((await webhooks.takeDue(10, 1000)).length, 1);
      await webhooks.settle(first, null, null);
      await clock.advance(100_000);
      assert.deepEqual(await webhooks.takeDue(10, 1000), []);
      assert.equal((await webhooks.list('a'))[0]?.problem, null);
    });

    it('are taken back by their visitor, with what was still to be sent', async () => {
      await add('a', 'hook');
      await start('run', 'a');
      await cancel('run');
      await webhooks.remove('b', 'hook');
      assert.equal((await webhooks.list('a')).length, 1);
      await webhooks.remove('a', 'hook');
      assert.deepEqual([await webhooks.list('a'), await webhooks.takeDue(10, 1000)], [[], []]);
      await add('a', 'again');
      await webhooks.removeAll('a');
      assert.deepEqual(await webhooks.list('a'), []);
    });
  });
}
