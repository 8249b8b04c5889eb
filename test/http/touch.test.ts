import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { it } from 'node:test';
import { jobOf } from '../fixtures/engine.js';
import { until } from '../fixtures/patience.js';
import { Visitor } from '../fixtures/visitor.js';
import { startSite } from '../pages/site.js';

for (const [page, status] of [
  ['/jobs/job', 200],
  ['/jobs/absent', 404],
] as const)
  it(`a session whose expiry could not be renewed spoils neither the answer ${status} nor its connection`, async (t) => {
    const site = await startSite([jobOf(1, {})]);
    t.after(() => site.close());
    const visitor = new Visitor(site.url);
    await visitor.start('job');
    Object.assign(site.sessionStore, {
      // It is not at hand, as one that is due for renewal.
      open: () => null,
      touch: (_id: string, _session: object, callback?: (error: Error) => void) =>
        callback?.(new Error('the store is away')),
    });
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const headers = { cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    const ask = () =>
      new Promise<boolean>((resolve, reject) => {
        const asked = get(`${site.url}${page}`, { agent, headers }, (answer) => {
          assert.equal(answer.statusCode, status);
          answer.resume().on('end', () => resolve(asked.reusedSocket));
        }).on('error', reject);
      });
    await ask();
    await until('the connection is free', () => Object.keys(agent.freeSockets).length > 0);
    assert.equal(await ask(), true);
    assert.match(site.log.join(''), /the store is away/);
  });
