import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bench, jobOf } from '../fixtures/engine.js';

describe('a form whose button is pressed twice', () => {
  const job = jobOf(3, {});

  it('starts one run, at once and within a moment', async () => {
    const { runs, clock, store } = bench(job);
    const press = (key = 'key') => runs.startOnce(job, {}, { visitorId: 'visitor', network: null }, key);
    const [first, second] = await Promise.all([press(), press()]);
    assert.equal(first.id, second.id);
    assert.equal((await press()).id, first.id);
    assert.notEqual((await press('another form')).id, first.id);
    assert.notEqual((await runs.startOnce(job, {}, { visitorId: 'somebody else', network: null }, 'key')).id, first.id);
    assert.notEqual(
      (await runs.startOnce(job, { more: 1 }, { visitorId: 'visitor', network: null }, 'key')).id,
      first.id,
      'filled in anew',
    );
    await clock.advance(60_000);
    assert.notEqual((await press()).id, first.id, 'later it is meant');
    assert.equal((await store.listRuns('visitor', 10)).length, 4);
  });

  it('starts one run when another process was faster', async () => {
    const { runs, store } = bench(job);
    const createRun = store.createRun.bind(store);
    store.createRun = async (...all) => {
      await createRun(...all);
      throw new Error('the id is taken');
    };
    const run = await runs.startOnce(job, {}, { visitorId: 'visitor', network: null }, 'key');
    assert.equal((await store.listRuns('visitor', 10))[0]?.id, run.id);
  });

  it('can be pressed again after it was refused', async () => {
    const { runs, store } = bench(job);
    const createRun = store.createRun.bind(store);
    store.createRun = async () => Promise.reject(new Error('away'));
    await assert.rejects(runs.startOnce(job, {}, { visitorId: 'visitor', network: null }, 'key'), /away/);
    store.createRun = createRun;
    assert.equal((await runs.startOnce(job, {}, { visitorId: 'visitor', network: null }, 'key')).seq, 0);
  });
});
