import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Visitor } from '../fixtures/visitor.js';
import { failing, rows } from './jobs.js';
import { type Site, startSite } from './site.js';

const OPERATOR = 'password:run by the operator';

let site: Site;
before(async () => {
  site = await startSite([rows, failing], { operator: OPERATOR, access: 'password:for the visitors' });
});
after(() => site.close());

async function visitorOf(address: string): Promise<Visitor> {
  const visitor = new Visitor(site.url);
  await visitor.post('/login', { gate: 'site', to: '/', password: 'for the visitors' });
  assert.ok(address);
  return visitor;
}

async function operator(): Promise<Visitor> {
  const visitor = new Visitor(site.url);
  const login = await visitor.post('/login', { gate: 'operator', to: '/operator', password: 'run by the operator' });
  assert.equal(login.headers.get('location'), '/operator');
  return visitor;
}

const idsIn = (html: string) => [...html.matchAll(/href="\/operator\/runs\/([\w-]+)"/g)].map(([, id]) => id);

test("the operator finds an abusive visitor's runs, stops one and deletes one", async () => {
  const [honest, abuser] = [await visitorOf('a'), await visitorOf('b')];
  const own = await honest.start('rows', { cell: 'kept' });
  const abuse = [
    await abuser.start('rows', { cell: 'victim.example' }),
    await abuser.start('rows', { cell: 'victim.example' }),
  ];
  const op = await operator();
  const all = await (await op.get('/operator')).text();
  assert.ok(idsIn(all).length >= 3);
  const found = idsIn(await (await op.get('/operator?host=victim.example&job=rows&status=running')).text());
  assert.deepEqual(found.map((id) => `/runs/${id}`).sort(), [...abuse].sort());
  assert.deepEqual(idsIn(await (await op.get('/operator?address=192.0.2.77')).text()), []);
  assert.equal(idsIn(await (await op.get('/operator?address=127.0.0.1')).text()).length, idsIn(all).length);
  const [first, second] = found.map((id) => `/operator/runs/${id}`) as [string, string];
  assert.equal((await op.submit(first, `${first}/cancel`)).status, 303);
  assert.equal((await op.submit(second, `${second}/delete`)).headers.get('location'), '/operator');
  assert.match(await (await op.get(first)).text(), /Cancelled/);
  assert.equal((await op.get(second)).status, 404);
  assert.equal((await honest.get(own)).status, 200);
});

test('what the attempts of a run threw is shown with its stack, in both languages', async () => {
  const visitor = await visitorOf('c');
  const path = await visitor.start('failing');
  await visitor.drive(path);
  const op = await operator();
  const page = `/operator${path}`;
  assert.match(await (await op.get(page)).text(), /<pre>[^<]*Error[^<]* at /);
  assert.match(await (await op.get(`${page}?lang=ja`)).text(), /発生したエラー/);
});

test('nobody else sees it, nor does anything there', async () => {
  const visitor = await visitorOf('d');
  const path = await visitor.start('rows');
  for (const address of ['/operator', `/operator${path}`]) assert.equal((await visitor.get(address)).status, 401);
  for (const action of ['cancel', 'delete']) {
    assert.equal((await visitor.submit(path, `/operator${path}/${action}`)).status, 401, action);
  }
  assert.equal((await visitor.get(path)).status, 200);
  const without = await startSite([rows]);
  assert.equal((await new Visitor(without.url).get('/operator')).status, 404);
  await without.close();
});
