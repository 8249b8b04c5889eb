import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Server, startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';

describe('a long run', () => {
  let server: Server;
  before(async () => {
    server = await startServer({}, ['trivial']);
  });
  after(() => server.kill('SIGKILL'));

  it('costs the same at its end as at its start', async (t) => {
    const visitor = new Visitor(server.url);
    const path = await visitor.start('trivial', { count: '30000' });
    const pages: { seq: number; bytes: number; ms: number }[] = [];
    for (;;) {
      const began = performance.now();
      const response = await visitor.get(`${path}?seq=${pages.at(-1)?.seq ?? 0}`);
      // The picture of the last answers has a bar for each, until it has thirty.
      const bytes = (await response.text()).replace(/<svg.*?<\/svg>/gs, '').length;
      const { status, seq } = runHeader(response);
      pages.push({ seq, bytes, ms: performance.now() - began });
      if (status !== 'running') break;
    }
    assert.equal(pages.at(-1)?.seq, 30_000);
    const [first, last] = [pages[0], pages.at(-2)];
    assert.ok(first && last && pages.length > 2);
    const perStep = (i: number) => (pages[i]?.ms ?? 0) / ((pages[i]?.seq ?? 0) - (pages[i - 1]?.seq ?? 0));
    t.diagnostic(`ms a step: ${perStep(1).toFixed(3)} early, ${perStep(pages.length - 2).toFixed(3)} late`);
    t.diagnostic(`bytes a page: ${first.bytes} at step ${first.seq}, ${last.bytes} at step ${last.seq}`);
    // The numbers shown have more digits, and nothing else grows.
    assert.ok(Math.abs(last.bytes - first.bytes) < 200);
  });
});
