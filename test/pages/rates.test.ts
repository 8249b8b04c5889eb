import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import { z } from 'zod';
import { systemClock } from '../../src/core/clock.js';
import { defineJob } from '../../src/core/job.js';
import { Memory } from '../../src/core/memory.js';
import { Visitor } from '../fixtures/visitor.js';
import { rows } from './jobs.js';
import { type Site, startSite } from './site.js';

const FEW = { visitor: 3, network: 5 };

describe('what is asked for too often', () => {
  let site: Site;
  before(async () => {
    site = await startSite([rows], { rates: { starts: FEW, shared: FEW, uploads: FEW } });
  });
  after(() => site.close());

  /** Somebody who comes from another network, by the word of the proxy in front. */
  const from = async (address: string, path: string) =>
    fetch(`${site.url}${path}`, { headers: { 'X-Forwarded-For': address } });

  it('is refused with the form as it was filled in, and says when it may be asked again', async () => {
    const visitor = new Visitor(site.url);
    for (let i = 0; i < FEW.visitor; i += 1) await visitor.start('rows');
    const refused = await visitor.submit('/jobs/rows', '/runs', { job: 'rows' });
    assert.equal(refused.status, 429);
    const seconds = Number(refused.headers.get('retry-after'));
    assert.ok(seconds >= 1 && seconds <= 60, `${seconds} s`);
    assert.match(await refused.text(), /more often than this server allows.*<form/s);
  });

  it('is counted for all visitors of a network, and for no other network', async () => {
    const other = new Visitor(site.url);
    await other.start('rows');
    await other.start('rows');
    const third = new Visitor(site.url);
    assert.equal((await third.submit('/jobs/rows', '/runs', { job: 'rows' })).status, 429);
  });

  it('by a page that can be asked for again asks again by itself, in both languages', async () => {
    const path = '/shared/nobody';
    for (let i = 0; i < FEW.network; i += 1) assert.equal((await from('2001:db8::1', path)).status, 404);
    const refused = await from('2001:db8::2', path);
    assert.equal(refused.status, 429);
    const seconds = refused.headers.get('retry-after');
    assert.match(await refused.text(), new RegExp(`http-equiv="refresh" content="${seconds};url=/shared/nobody"`));
    const japanese = await fetch(`${site.url}${path}`, {
      headers: { 'X-Forwarded-For': '2001:db8::3', 'Accept-Language': 'ja' },
    });
    assert.match(await japanese.text(), /短い時間に要求が集中しています/);
    assert.equal((await from('2001:db8:0:1::1', path)).status, 404);
  });

  it('and the megabytes of forms with files, before they are read', async () => {
    const visitor = new Visitor(site.url);
    const send = async (megabytes: number) => {
      const page = await (await visitor.get('/jobs/rows')).text();
      const form = new FormData();
      form.set('_csrf', /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '');
      form.set('extra', new Blob([new Uint8Array(megabytes * 1_000_000)]), 'extra.bin');
      return visitor.send('/jobs/rows/form', form);
    };
    assert.equal((await send(1)).status, 200);
    const refused = await send(2);
    assert.equal(refused.status, 429);
    assert.match(await refused.text(), /more often than this server allows/);
  });

  it('files without a session are refused before they are read', async () => {
    const form = new FormData();
    form.set('extra', new Blob(['x']), 'extra.bin');
    assert.equal((await fetch(`${site.url}/jobs/rows/form`, { method: 'POST', body: form })).status, 403);
  });
});

const ONE = { visitor: 1, network: 1 };
const found = { findings: [], rows: [], proposals: [], problems: [] };
const tried = defineJob({
  name: 'tried',
  input: z.object({}),
  plan: () => [1],
  step: async () => ({}),
  preview: async () => found,
  propose: async () => found,
  pointing: { open: async () => ({ ...found, opened: null }), fields: ['cell'] },
});

for (const [name, ...actions] of [
  ['previews', 'preview', 'preview'],
  ['proposals', 'propose', 'point'],
] as const) {
  test(`${name} have their own rate: ${actions.join(', then ')}`, async (t) => {
    const site = await startSite([tried], { rates: { [name]: ONE } });
    t.after(() => site.close());
    const visitor = new Visitor(site.url);
    const press = async (action: string) => (await visitor.submit('/jobs/tried', `/jobs/tried/${action}`)).status;
    assert.deepEqual([await press(actions[0]), await press(actions[1])], [200, 429]);
  });
}

/** Both ask at once, and one of them gets what there is, which takes until `release`. */
async function onlyOne(ask: (signal: AbortSignal) => Promise<Response>, release: () => void = () => {}): Promise<void> {
  const gone = new AbortController();
  const asking = [ask(gone.signal), ask(gone.signal)];
  await Promise.any(asking.map(async (each) => assert.equal((await each).status, 429)));
  release();
  gone.abort();
  await Promise.allSettled(asking);
}

test('probes of /host have their own rate', async (t) => {
  const site = await startSite([rows], { rates: { probes: ONE } });
  t.after(() => site.close());
  await onlyOne((signal) => new Visitor(site.url).get('/host/probe?seconds=5', {}, signal));
});

for (const file of ['rows.csv', 'rows.json', 'rows.xlsx', 'steps.csv', 'failures.csv']) {
  test(`downloads at once are few: ${file}`, async (t) => {
    const memory = new Memory(10_000_000, systemClock);
    const site = await startSite([rows], { downloadsAtOnce: ONE, memory });
    t.after(() => site.close());
    const visitor = new Visitor(site.url);
    const { response } = await visitor.drive(await visitor.start('rows'));
    await response.body?.cancel();
    const held = memory.open('somebody', 0);
    await held.hold(5_000_000);
    const path = new URL(response.url).pathname;
    await onlyOne(
      (signal) => visitor.get(`${path}/${file}`, {}, signal),
      () => held.release(),
    );
  });
}

test('tokens and webhooks, which stay, count as several starts', async (t) => {
  const site = await startSite([rows], { rates: { starts: FEW } });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const made = async (path: string) => (await visitor.submit('/tokens', path, { url: 'https://a.example/' })).status;
  assert.deepEqual([await made('/tokens'), await made('/tokens/webhooks')], [200, 429]);
});

test('a schedule counts likewise, once its times are right', async (t) => {
  const site = await startSite([rows], { rates: { starts: { visitor: 6, network: 100 } }, background: true });
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const path = await visitor.start('rows');
  const repeat = async (zone: string) =>
    (await visitor.submit(`${path}/schedule`, `${path}/schedule`, { time: '06:00', zone })).status;
  assert.deepEqual([await repeat('Mars'), await repeat('Moon'), await repeat('UTC')], [422, 422, 303]);
  assert.equal(await repeat('UTC'), 429);
});
