import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { AbuseLog, LogFilter, LoggedAction } from '../../src/core/abuse-log.js';
import type { BlockStore } from '../../src/core/blocks.js';
import type { Store } from '../../src/core/store.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

/** What a store keeps for the operator, beside runs. */
export interface OperatorRecords {
  readonly store: Pick<Store, 'close'>;
  readonly blocks: BlockStore;
  readonly abuseLog: AbuseLog;
}

const DAY_MS = 24 * 60 * 60_000;
const ANY: LogFilter = { id: null, visitorId: null, address: null, host: null };

/**
 * What blocks and the abuse log must do wherever they are kept, as tests of `node:test`. `open` makes empty ones that live by
 * the clock; each test closes the store of its own.
 */
export function operatorContract(name: string, open: (clock: FrozenClock) => Promise<OperatorRecords>): void {
  describe(`what is kept for the operator: ${name}`, () => {
    let clock: FrozenClock;
    let kept: OperatorRecords;
    beforeEach(async () => {
      clock = new FrozenClock();
      kept = await open(clock);
    });
    afterEach(() => kept.store.close());

    it('has blocks until they are taken back, the newest first, one for each value', async () => {
      await kept.blocks.put({ kind: 'host', value: 'victim.example', reason: 'old' });
      await clock.advance(1);
      await kept.blocks.put({ kind: 'network', value: '192.0.2.0/24', reason: '迷惑行為\0' });
      await clock.advance(1);
      await kept.blocks.put({ kind: 'host', value: 'victim.example', reason: 'new' });
      const listed = (await kept.blocks.list()).map(({ value, reason }) => [value, reason]);
      assert.deepEqual(listed, [
        ['victim.example', 'new'],
        ['192.0.2.0/24', '迷惑行為\ufffd'],
      ]);
      await kept.blocks.remove('network', 'victim.example');
      await kept.blocks.remove('host', 'victim.example');
      const [left, ...others] = await kept.blocks.list();
      assert.deepEqual(others, []);
      assert.equal(left?.value, '192.0.2.0/24');
      assert.equal(left?.createdAt, clock.now() - 1);
    });

    const action = (id: string, more: Partial<LoggedAction> = {}): LoggedAction => ({
      id,
      kind: 'run',
      job: 'scrape',
      visitorId: 'visitor',
      address: '203.0.113.7',
      ...more,
    });
    const found = async (filter: Partial<LogFilter>) =>
      (await kept.abuseLog.search({ ...ANY, ...filter }, 10)).map(({ id }) => id);

    it('finds who had a host asked, by the host, what is above it, the address or the visitor', async () => {
      await kept.abuseLog.add(action('a'));
      await clock.advance(1);
      await kept.abuseLog.add(action('b', { visitorId: null, address: '2001:db8:7::1', kind: 'preview' }));
      await clock.advance(1);
      await kept.abuseLog.add(action('c', { visitorId: 'x', address: null }));
      await kept.abuseLog.addHost('a', 'www.victim.example');
      await kept.abuseLog.addHost('a', '192.0.2.80');
      await kept.abuseLog.addHost('b', 'notvictim.example');
      assert.deepEqual(await found({}), ['c', 'b', 'a']);
      assert.deepEqual(await found({ host: 'victim.example' }), ['a']);
      assert.deepEqual(await found({ host: '192.0.2.80' }), ['a']);
      assert.deepEqual(await found({ host: 'example.www' }), []);
      assert.deepEqual(await found({ address: '203.0.113.7' }), ['a']);
      assert.deepEqual(await found({ address: '203.0.' }), ['a']);
      assert.deepEqual(await found({ address: '203.0' }), []);
      assert.deepEqual(await found({ address: '2001:db8:7:' }), ['b']);
      assert.deepEqual(await found({ visitorId: 'x' }), ['c']);
      assert.deepEqual(await found({ id: 'b', host: "' OR 1=1 --" }), []);
      assert.equal((await kept.abuseLog.search(ANY, 2)).length, 2);
    });

    it('knows when each host was asked first and last, and shows the one that is looked for', async () => {
      await kept.abuseLog.add(action('a'));
      const startedAt = clock.now();
      for (let i = 0; i < 30; i += 1) {
        await clock.advance(1000);
        await kept.abuseLog.addHost('a', `host${i}.example`);
      }
      await kept.abuseLog.add(action('a', { job: 'another' }));
      await kept.abuseLog.addHost('a', 'host0.example');
      const [entry] = await kept.abuseLog.search({ ...ANY, host: 'host29.example' }, 10);
      assert.deepEqual([entry?.job, entry?.at, entry?.hostCount, entry?.hosts.length], ['scrape', startedAt, 30, 10]);
      const at = clock.now();
      assert.deepEqual(entry?.hosts.slice(0, 2), [
        { host: 'host29.example', firstAt: at, lastAt: at },
        { host: 'host0.example', firstAt: startedAt + 1000, lastAt: at },
      ]);
    });

    it('forgets of a visitor what had nobody asked, and nothing else', async () => {
      await kept.abuseLog.add(action('idle'));
      await kept.abuseLog.add(action('asked'));
      await kept.abuseLog.add(action('other', { visitorId: 'x' }));
      await kept.abuseLog.addHost('asked', 'a.example');
      await kept.abuseLog.forgetIdle('visitor');
      assert.deepEqual((await found({})).sort(), ['asked', 'other']);
    });

    it('forgets who did it with the last host, after its days, a bite at a time', async () => {
      await kept.abuseLog.add(action('old'));
      await kept.abuseLog.add(action('long'));
      for (const host of ['a.example', 'b.example', 'c.example']) await kept.abuseLog.addHost('old', host);
      await kept.abuseLog.addHost('long', 'a.example');
      await clock.advance(20 * DAY_MS);
      await kept.abuseLog.addHost('long', 'a.example');
      await kept.abuseLog.add(action('new'));
      await clock.advance(10 * DAY_MS);
      let bites = 0;
      while (await kept.abuseLog.sweep(30 * DAY_MS, 2)) bites += 1;
      assert.equal(bites, 2);
      assert.deepEqual(await found({}), ['new', 'long']);
      assert.deepEqual(await found({ host: 'a.example' }), ['long']);
      while (await kept.abuseLog.sweep(0, 2));
      assert.deepEqual(await found({}), []);
    });
  });
}
