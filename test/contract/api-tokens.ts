import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type ApiTokenStore, hashOf, MOST_TOKENS, newToken } from '../../src/core/api-tokens.js';
import type { Clock } from '../../src/core/clock.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

/** What every store of tokens must do. `open` answers an empty one. */
export function apiTokenContract(name: string, open: (clock: Clock) => Promise<ApiTokenStore>): void {
  describe(`tokens, ${name}`, () => {
    let clock: FrozenClock;
    let tokens: ApiTokenStore;
    beforeEach(async () => {
      clock = new FrozenClock();
      tokens = await open(clock);
    });
    const add = (visitorId: string, label = '', mostOfAll = 1000) => {
      const hash = hashOf(newToken()) ?? '';
      return tokens
        .add({ hash, visitorId, label, entered: { site: 'proof' } }, mostOfAll)
        .then((isKept) => (isKept ? hash : null));
    };

    it('are found by their hash, as they were given', async () => {
      const hash = (await add('a', 'cron "x"')) ?? '';
      const createdAt = clock.now();
      const token = { hash, visitorId: 'a', label: 'cron "x"', entered: { site: 'proof' }, createdAt, usedAt: null };
      assert.deepEqual(await tokens.list('a'), [token]);
      const { usedAt: _, ...used } = (await tokens.use(hash)) ?? {};
      const { usedAt: __, ...given } = token;
      assert.deepEqual(used, given);
      assert.equal(await tokens.use('another'), null);
    });

    it('tell when they were used last, to within an hour', async () => {
      const hash = (await add('a')) ?? '';
      const lastUse = async () => (await tokens.list('a'))[0]?.usedAt;
      const first = clock.now();
      await tokens.use(hash);
      assert.equal(await lastUse(), first);
      await clock.advance(59 * 60_000);
      await tokens.use(hash);
      assert.equal(await lastUse(), first);
      await clock.advance(60_000);
      await tokens.use(hash);
      assert.equal(await lastUse(), first + 60 * 60_000);
    });

    it('are taken back one by one or all together, by their visitor alone', async () => {
      const [first, second, other] = [await add('a'), await add('a'), await add('b')].map(String);
      await tokens.remove('b', String(first));
      assert.ok(await tokens.use(String(first)));
      await tokens.remove('a', String(first));
      assert.equal(await tokens.use(String(first)), null);
      await tokens.removeAll('a');
      assert.equal(await tokens.use(String(second)), null);
      assert.ok(await tokens.use(String(other)));
    });

    it('are so many and no more for one visitor', async () => {
      for (let i = 0; i < MOST_TOKENS; i += 1) assert.ok(await add('a'));
      assert.equal(await add('a'), null);
      assert.ok(await add('b'));
      await assert.rejects(add('c', '', MOST_TOKENS + 1), { code: 'storage-full' });
    });

    it('that nobody uses any more are swept', async () => {
      const [used, unused] = [await add('a'), await add('b')].map(String);
      await clock.advance(100_000);
      await tokens.use(String(used));
      const later = await add('c');
      await clock.advance(50_000);
      assert.equal(await tokens.sweep(100_000, 10), false);
      assert.equal(await tokens.use(String(unused)), null);
      assert.ok(await tokens.use(String(used)));
      assert.ok(await tokens.use(String(later)));
      await clock.advance(200_000);
      assert.equal(await tokens.sweep(100_000, 1), true, 'bit by bit');
    });
  });
}
