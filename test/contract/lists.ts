import assert from 'node:assert/strict';
import { claimRun, recordStep } from '../../src/core/run-changes.js';
import { ANY_RUN, type Store } from '../../src/core/store.js';

const LARGE = 'x'.repeat(1_500_000);
const FAILURE = { code: 'broken', message: 'it broke', params: {} };

/** What lists of an empty store do with large inputs and items: some of them at a time, and all in the end. */
export async function listsGoByBytes(store: Store): Promise<void> {
  const run = { visitorId: 'visitor', network: null, job: 'job', version: 1, input: { text: LARGE }, maxTotal: 10 };
  const steps = Array.from({ length: 5 }, (_, i) => ({ item: { i, text: LARGE }, key: null, lane: '' }));
  for (const id of ['a', 'b', 'c', 'd'])
    await store.createRun({ ...run, id }, id === 'a' ? steps : steps.slice(0, 1), 10);
  assert.equal((await store.listRuns('visitor', 10)).length, 3);
  assert.equal((await store.searchRuns(ANY_RUN, 10)).length, 3);
  const claim = await store.change(claimRun('a', 0, 60_000, 1));
  assert.ok(claim);
  for (let position = 1; position <= 5; position += 1) {
    const recording = { status: 'failed', failure: FAILURE, stats: {} } as const;
    await store.change(recordStep(claim, position, recording, { take: 1 }));
  }
  const listed = [
    await store.listSteps('a', 0, 10),
    await store.listSteps('a', 3, 10),
    await store.listSteps('a', 5, 10),
  ];
  assert.deepEqual(
    listed.map((page) => page.map(({ position }) => position)),
    [[1, 2, 3], [4, 5], []],
  );
  const failures = [await store.listFailures('a', null, 10), await store.listFailures('a', 3, 10)];
  assert.deepEqual(
    failures.map((page) => page.map(({ seq }) => seq)),
    [
      [5, 4, 3],
      [2, 1],
    ],
  );
}
