import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { Visitor } from '../fixtures/visitor.js';
import { visitorsFrom } from '../fixtures/visitor-from.js';
import { failing, polite, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

const OPERATOR = 'password:run by the operator';

/** Asks the hosts that it is given, a step each. */
const asking = defineJob({
  name: 'asking',
  input: z.object({ secret: z.string().default('x') }),
  plan: () => ['www.victim.example', 'other.example', 'www.victim.example'],
  onFailure: 'continue',
  step: async (host, { turn }) => {
    await turn(host, 0);
    return { rows: [{ host }] };
  },
  preview: async (_input, { turn }) => {
    await turn('previewed.example', 0);
    return { findings: [], rows: [] };
  },
});

let site: Site;
let visitors: ReturnType<typeof visitorsFrom>;
before(async () => {
  const rates = { starts: { visitor: 1000, network: 150 } };
  site = await startSite([rows, failing, asking, polite], { operator: OPERATOR, rates, maxUnfinished: 200 });
  visitors = visitorsFrom(site.url);
});
after(async () => {
  visitors.close();
  await site.close();
});

async function operator(): Promise<Visitor> {
  const visitor = new Visitor(site.url);
  const login = await visitor.post('/login', { gate: 'operator', to: '/operator', password: 'run by the operator' });
  assert.equal(login.headers.get('location'), '/operator');
  return visitor;
}

const idsIn = (html: string) => [...html.matchAll(/href="\/operator\/runs\/([\w-]+)"/g)].map(([, id]) => id);
const text = async (visitor: Visitor, path: string) => (await visitor.get(path)).text();

test("the operator finds an abusive visitor's runs, stops one and deletes one", async () => {
  const [honest, abuser] = [await visitors.from('203.0.113.1'), await visitors.from('198.51.100.7')];
  const own = await honest.start('rows', { cell: 'kept' });
  const abuse = [
    await abuser.start('rows', { cell: 'abused.example' }),
    await abuser.start('rows', { cell: 'abused.example' }),
  ];
  const op = await operator();
  const all = await text(op, '/operator');
  assert.ok(idsIn(all).length >= 3);
  const found = idsIn(await text(op, '/operator?host=abused.example&job=rows&status=running'));
  assert.deepEqual(found.map((id) => `/runs/${id}`).sort(), [...abuse].sort());
  assert.deepEqual(idsIn(await text(op, '/operator?address=192.0.2.77')), []);
  assert.deepEqual(idsIn(await text(op, '/operator?address=198.51.100.7')).sort(), [...found].sort());
  const [first, second] = found.map((id) => `/operator/runs/${id}`) as [string, string];
  assert.equal((await op.submit(first, `${first}/cancel`)).status, 303);
  assert.equal((await op.submit(second, `${second}/delete`)).headers.get('location'), '/operator');
  assert.match(await text(op, first), /Cancelled/);
  assert.equal((await op.get(second)).status, 404);
  assert.equal((await honest.get(own)).status, 200);
});

test('a run is found by a host that it has asked, though its form names another', async () => {
  const visitor = await visitors.from('203.0.113.2');
  const path = await visitor.start('asking');
  await visitor.drive(path);
  const op = await operator();
  for (const host of ['www.victim.example', 'victim.example']) {
    assert.deepEqual(idsIn(await text(op, `/operator?host=${host}`)), [path.slice('/runs/'.length)], host);
  }
  const page = await text(op, `/operator${path}`);
  assert.match(page, /203\.0\.113\.2/);
  assert.match(page, /href="\/operator\/blocks\?kind=host&amp;value=www\.victim\.example"/);
  assert.match(page, /href="\/operator\/blocks\?kind=network&amp;value=203\.0\.113\.2"/);
});

test('everything that was found is stopped at once, also what is not shown, after a tick', async () => {
  const abuser = await visitors.from('198.51.100.8');
  for (let i = 0; i < 105; i += 1) await abuser.start('polite');
  const op = await operator();
  const search = '/operator?status=&job=&visitor=&address=198.51.100.8&host=';
  const found = await text(op, search);
  assert.match(found, /Only the newest 100 are shown/);
  assert.equal((await op.submit(search, '/operator/cancel', { address: '198.51.100.8' })).status, 303);
  assert.match(await text(op, search), /cancel all unfinished runs/);
  const done = await op.submit(search, '/operator/cancel', { address: '198.51.100.8', sure: 'on' });
  assert.equal(done.headers.get('location'), search);
  assert.deepEqual(idsIn(await text(op, '/operator?address=198.51.100.8&status=running')), []);
  assert.ok(idsIn(await text(op, '/operator?status=running')).length > 0, 'those of others go on');
});

test('a complaint is answered from the log: who had the host asked, when, from where', async () => {
  const visitor = await visitors.from('203.0.113.3');
  const path = await visitor.start('asking');
  await visitor.drive(path);
  await visitor.submit('/jobs/asking', '/jobs/asking/preview', { secret: 'x' });
  const op = await operator();
  const byHost = await text(op, '/operator/log?host=VICTIM.example');
  assert.match(byHost, new RegExp(`href="/operator${path}"`));
  assert.match(byHost, /203\.0\.113\.3/);
  assert.match(byHost, /www\.victim\.example, <time/);
  assert.match(await text(op, '/operator/log?host=previewed.example'), /asking, preview/);
  assert.match(await text(op, '/operator/log?address=203.0.113.'), /203\.0\.113\.3/);
  assert.match(await text(op, '/operator/log?address=192.0.2.1'), /Nothing matches/);
  const visitorId = /log\?visitor=([\w-]+)"/.exec(byHost)?.[1] ?? '';
  assert.match(await text(op, `/operator/log?visitor=${visitorId}&lang=ja`), /読み取ったホスト/);
});

test('a host is blocked from the page that shows it, and asked no more by a run at work', async () => {
  const visitor = await visitors.from('203.0.113.4');
  const op = await operator();
  const form = await text(op, '/operator/blocks?kind=host&value=victim.example');
  assert.match(form, /name="value" value="victim\.example"/);
  const path = await visitor.start('asking');
  const wrong = await op.submit('/operator/blocks', '/operator/blocks', { kind: 'host', value: 'not a host' });
  assert.equal(wrong.status, 422);
  assert.match(await wrong.text(), /neither a host name/);
  const blocked = await op.submit('/operator/blocks', '/operator/blocks', { kind: 'host', value: 'Victim.example' });
  assert.equal(blocked.status, 303);
  const { response } = await visitor.drive(path);
  const page = await response.text();
  assert.match(page, /does not fetch from www\.victim\.example/);
  assert.match(await text(op, '/operator/blocks'), /<b>victim\.example<\/b><br>\nA host/);
  await op.submit('/operator/blocks', '/operator/blocks/remove', { kind: 'host', value: 'victim.example' });
  assert.match(await text(op, '/operator/blocks'), /Nothing is blocked/);
  const after = await visitor.drive(await visitor.start('asking'));
  assert.doesNotMatch(await after.response.text(), /does not fetch/);
});

test('who comes from a blocked network is let in no more, but for what is kept of them', async () => {
  const [abuser, other] = [await visitors.from('2001:db8:66::1'), await visitors.from('203.0.113.5')];
  const path = await abuser.start('polite');
  const op = await operator();
  const reason = 'Write to ops@example.org.';
  await op.submit('/operator/blocks', '/operator/blocks', { kind: 'network', value: '2001:db8:66::1', reason });
  for (const address of ['/', '/jobs/rows', path, `${path}?seq=0`, '/host']) {
    const answer = await abuser.get(address);
    assert.equal(answer.status, 403, address);
    assert.match(await answer.text(), /Write to ops@example\.org/);
  }
  assert.equal((await abuser.get('/healthz')).status, 200);
  const left = await abuser.submit('/privacy', '/privacy/delete', { sure: 'on' });
  assert.equal(left.headers.get('location'), '/privacy?deleted=1');
  assert.equal((await other.get('/')).status, 200);
  const neighbour = await visitors.from('2001:db8:66::2');
  assert.equal((await neighbour.get('/')).status, 403, 'the /64 is one visitor');
  await op.submit('/operator/blocks', '/operator/blocks/remove', { kind: 'network', value: '2001:db8:66::1/64' });
  assert.equal((await abuser.get('/')).status, 200);
});

test('nobody starts anything while the operator says so, with a word, and what runs goes on', async () => {
  const visitor = await visitors.from('203.0.113.6');
  const running = await visitor.start('rows', { count: '5' });
  const op = await operator();
  await op.submit('/operator/blocks', '/operator/blocks', { kind: 'starts', value: '', reason: 'We move house.' });
  const refused = await visitor.submit('/jobs/rows', '/runs', { job: 'rows', cell: 'typed before' });
  assert.equal(refused.status, 422);
  const form = await refused.text();
  assert.match(form, /We move house\./);
  assert.match(form, /typed before/);
  const preview = await visitor.submit('/jobs/asking', '/jobs/asking/preview', { secret: 'x' });
  assert.equal(preview.status, 503);
  assert.equal((await visitor.drive(running)).seen.at(-1), 5);
  await op.submit('/operator/blocks', '/operator/blocks/remove', { kind: 'starts', value: '' });
  await visitor.start('rows');
});

test('what the attempts of runs threw is shown with stacks, of one run and of all, in both languages', async () => {
  const visitor = await visitors.from('203.0.113.7');
  const path = await visitor.start('failing');
  await visitor.drive(path);
  const op = await operator();
  for (const page of [`/operator${path}`, '/operator/errors']) {
    assert.match(await text(op, page), /<pre[^>]*>[^<]*Error[^<]* at /, page);
  }
  assert.equal(idsIn(await text(op, '/operator/errors'))[0], path.slice('/runs/'.length));
  assert.match(await text(op, `/operator${path}?lang=ja`), /発生したエラー/);
});

test('how busy the process is, and what was refused, is told in figures', async () => {
  const abuser = await visitors.from('198.51.100.9');
  for (let i = 0; i < 150; i += 1) await abuser.start('rows');
  assert.equal((await abuser.submit('/jobs/rows', '/runs', { job: 'rows' })).status, 429);
  const op = await operator();
  const page = await text(op, '/operator/load');
  assert.match(page, /<dt>Refused, because too many: runs started<\/dt><dd>1<\/dd>/);
  assert.match(page, /<dt>Steps at work[^<]*<\/dt><dd>0 \/ 100<\/dd>/);
  assert.match(page, /<dt>Runs: Running<\/dt><dd>\d+<\/dd>/);
  assert.match(page, /Tobiishi \d+\.\d+\.\d+/);
  assert.doesNotMatch(page, /undefined|NaN|operator\./);
  assert.doesNotMatch(await text(op, '/operator/load?lang=ja'), /undefined|NaN|operator\./);
});

test('nobody else sees it, nor does anything there', async () => {
  const visitor = await visitors.from('203.0.113.8');
  const path = await visitor.start('rows');
  const pages = ['', path, '/errors', '/log', '/blocks', '/load'];
  for (const page of pages) assert.equal((await visitor.get(`/operator${page}`)).status, 401, page);
  const actions = [`${path}/cancel`, `${path}/delete`, '/cancel', '/blocks', '/blocks/remove'];
  for (const action of actions) {
    const fields = { kind: 'starts', sure: 'on' };
    assert.equal((await visitor.submit('/jobs/rows', `/operator${action}`, fields)).status, 401, action);
  }
  assert.equal((await site.blocks.current()).all.length, 0);
  assert.equal((await visitor.get(path)).status, 200);
  const without = await startSite([rows]);
  for (const page of pages) assert.equal((await new Visitor(without.url).get(`/operator${page}`)).status, 404);
  await without.close();
});
