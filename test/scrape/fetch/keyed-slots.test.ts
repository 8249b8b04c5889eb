import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { StepError } from '../../../src/core/errors.js';
import { addressKey } from '../../../src/scrape/fetch/address-key.js';
import type { Lookup } from '../../../src/scrape/fetch/guard.js';
import { KeyedSlots } from '../../../src/scrape/fetch/keyed-slots.js';
import { failsWith, fetcherFor, get } from './serve.js';

const patient = new AbortController().signal;

test('an IPv6 network of one owner is one machine, an IPv4 address is one', () => {
  assert.equal(addressKey('2606:4700:1:2:3::4'), addressKey('2606:4700:1:2::1'));
  assert.notEqual(addressKey('2606:4700:1:2::1'), addressKey('2606:4700:1:3::1'));
  assert.equal(addressKey('::ffff:93.184.216.34'), addressKey('93.184.216.34'));
  assert.notEqual(addressKey('93.184.216.34'), addressKey('93.184.216.35'));
});

/** Of steps: says whose sleep. */
function stepClock() {
  let asleep = 0;
  const sleep = async (_ms: number, signal?: AbortSignal) => {
    asleep += 1;
    await once(signal ?? patient, 'abort');
    asleep -= 1;
  };
  return { clock: { sleep }, asleep: () => asleep };
}

test('two requests at a time reach an address; who waits longest is next, who gives up leaves the line', async () => {
  const slots = new KeyedSlots(2);
  const { clock, asleep } = stepClock();
  const [first, second] = [await slots.take('a', patient, clock), await slots.take('a', patient, clock)];
  (await slots.take('b', patient, clock))();
  const order: string[] = [];
  const impatient = new AbortController();
  const given = slots.take('a', impatient.signal, clock);
  const inTurn = async (name: string) => {
    const release = await slots.take('a', patient, clock);
    order.push(name);
    return release;
  };
  const third = inTurn('third');
  const fourth = inTurn('fourth');
  impatient.abort(new Error('given up'));
  await assert.rejects(given, /given up/);
  assert.deepEqual(order, []);
  assert.equal(asleep(), 2, 'a step that waits for a slot rests');
  first();
  first();
  (await third)();
  await fourth;
  assert.deepEqual(order, ['third', 'fourth']);
  assert.equal(asleep(), 0);
  second();
});

test('all names and ports of one machine share its turns', async (t) => {
  const lookup: Lookup = (_hostname, _options, callback) => callback(null, [{ address: '93.184.216.34', family: 4 }]);
  const fetcher = fetcherFor(t, { lookup });
  const asked: string[][] = [];
  const addressTurn = async (address: string, host: string) => {
    asked.push([address, host]);
    throw new StepError('its-turn', 'the test goes no further', { retry: false });
  };
  for (const host of ['a.example', 'b.example:8080', '93.184.216.34:8443']) {
    await assert.rejects(get(fetcher, `http://${host}/`, { addressTurn }), failsWith('its-turn', false));
  }
  assert.deepEqual(asked, [
    ['93.184.216.34', 'a.example'],
    ['93.184.216.34', 'b.example:8080'],
    ['93.184.216.34', '93.184.216.34:8443'],
  ]);
});
