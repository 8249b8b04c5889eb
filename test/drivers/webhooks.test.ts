import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { type Fault, notifier } from '../../src/core/observer.js';
import { SecretBox } from '../../src/core/secrets.js';
import { newWebhookSecret, signedHeaders } from '../../src/core/webhooks.js';
import { type Post, Webhooks } from '../../src/drivers/webhooks.js';
import { SqliteWebhooks } from '../../src/store/sqlite/webhooks.js';
import { bench, jobOf } from '../fixtures/engine.js';

interface Received {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Somebody who is told of the runs of `visitor`, and answers with these statuses, then with 204. */
async function receiver(statuses: (number | Error | Promise<number>)[] = []) {
  const all = bench(jobOf(1, {}));
  const { clock, store, db, blocks } = all;
  const webhooks = new SqliteWebhooks(db, clock);
  const secretBox = new SecretBox(['a secret of the server']);
  const secret = newWebhookSecret();
  const url = 'https://example.org/hook';
  await webhooks.add({ id: 'hook', visitorId: 'visitor', url, secret: secretBox.seal(secret) }, 100);
  const received: Received[] = [];
  const faults: Fault[] = [];
  const post: Post = async (to, headers, body) => {
    received.push({ url: to, headers, body });
    const answer = await (statuses.shift() ?? 204);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const notify = notifier([{ fault: (fault) => void faults.push(fault) }]);
  const sender = () => new Webhooks({ webhooks, store, clock, secretBox, post, blocks, notify });
  const problem = async () => (await webhooks.list('visitor'))[0]?.problem;
  return { ...all, secret, received, faults, sender, problem };
}

describe('a webhook', () => {
  it('is told what became of a run, by a message that its secret signs', async () => {
    const { start, ask, clock, secret, received, sender, store } = await receiver();
    const webhooks = sender();
    const run = await start();
    await ask(run);
    await clock.advance(2000);
    assert.equal(received.length, 1);
    const [{ url, headers, body }] = received as [Received];
    assert.equal(url, 'https://example.org/hook');
    const ended = (await store.findRun(run.id))?.endedAt ?? 0;
    assert.deepEqual(JSON.parse(body), {
      type: 'run.done',
      timestamp: new Date(ended).toISOString(),
      data: { id: run.id, job: 'job', name: null, status: 'done', seq: 1, total: 1, rowCount: 0, failedCount: 0 },
    });
    assert.equal(headers['webhook-timestamp'], String(Math.floor(clock.now() / 1000)));
    assert.match(headers['webhook-id'] ?? '', /^msg_\w{32}$/);
    assert.match(secret, /^whsec_/);
    await clock.advance(60_000);
    assert.equal(received.length, 1, 'once is enough');
    await webhooks.stop();
  });

  it('that does not answer keeps no other message waiting', async () => {
    let answer = (_status: number) => {};
    const slow = new Promise<number>((resolve) => {
      answer = resolve;
    });
    const { start, ask, clock, received, sender } = await receiver([slow]);
    const webhooks = sender();
    await ask(await start());
    await clock.advance(2000);
    await ask(await start());
    await clock.advance(2000);
    assert.equal(received.length, 2);
    answer(204);
    await webhooks.stop();
  });

  it('is told again, later each time, until it answers well', async () => {
    const { start, ask, clock, received, sender, problem, faults } = await receiver([
      500,
      new TypeError('no answer'),
      302,
    ]);
    const webhooks = sender();
    await ask(await start());
    await clock.advance(2000);
    assert.deepEqual([received.length, await problem()], [1, '500']);
    await clock.advance(8000);
    assert.deepEqual([received.length, await problem()], [2, 'TypeError']);
    await clock.advance(50_000);
    assert.equal(received.length, 2);
    await clock.advance(12_000);
    assert.deepEqual([received.length, await problem()], [3, '302']);
    await clock.advance(5 * 60_000 + 2000);
    assert.deepEqual([received.length, await problem()], [4, null]);
    assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 1);
    assert.deepEqual(faults, []);
    await webhooks.stop();
  });

  it('is given up after some days', async () => {
    const { start, ask, clock, received, sender } = await receiver(Array.from({ length: 50 }, () => 500));
    await ask(await start());
    // Each hour a server is up for a moment: to look the whole time would be a quarter of a million looks.
    for (let hours = 0; hours < 72; hours += 1) {
      const webhooks = sender();
      await clock.advance(5000);
      await webhooks.stop();
      await clock.advance(60 * 60_000 - 5000);
    }
    assert.equal(received.length, 9);
  });

  it('is not told where the operator blocks its host, until that is over', async () => {
    const { start, ask, clock, received, sender, problem, blocks } = await receiver();
    await blocks.put({ kind: 'host', value: 'example.org', reason: '' });
    const webhooks = sender();
    await ask(await start());
    await clock.advance(2000);
    assert.deepEqual([received.length, await problem()], [0, 'host-denied']);
    await blocks.remove('host', 'example.org');
    await clock.advance(10_000);
    assert.deepEqual([received.length, await problem()], [1, null]);
    await webhooks.stop();
  });

  it('hears no more of a run that was deleted', async () => {
    const { start, ask, clock, received, sender, runs } = await receiver();
    const run = await start();
    await ask(run);
    await runs.delete(run);
    const webhooks = sender();
    await clock.advance(10_000);
    assert.deepEqual(received, []);
    await webhooks.stop();
  });

  it('can check what it gets with the published library', () => {
    const secret = newWebhookSecret();
    const body = '{"type":"run.done","data":{"name":"飛び石"}}';
    const headers = signedHeaders(secret, 'msg_1', Date.now(), body);
    assert.deepEqual(new Webhook(secret).verify(body, headers), JSON.parse(body));
    assert.throws(() => new Webhook(secret).verify(`${body} `, headers));
    assert.throws(() => new Webhook(newWebhookSecret()).verify(body, headers));
  });
});
