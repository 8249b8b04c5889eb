import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { NextFunction, Request, Response } from 'express';
import type { Block, BlockStore } from '../../src/core/blocks.js';
import { isTobiishiError } from '../../src/core/errors.js';
import { Blocks } from '../../src/engine/blocks.js';
import { askForBlocks, keepOutBlocked } from '../../src/pages/access/blocked.js';
import { FrozenClock } from '../../src/testing/frozen-clock.js';

const block: Block = { kind: 'network', value: '192.0.2.0/24', reason: 'floods', createdAt: 0 };
const request = { ip: '192.0.2.7' } as Request;
const response = {} as Response;

/** Blocks of a store that answers when it is told to; how often it was asked. */
function toldBlocks() {
  const told = new EventEmitter();
  const asked = { times: 0 };
  const store = {
    list: async () => {
      asked.times += 1;
      return (await once(told, 'answer'))[0];
    },
  } as unknown as BlockStore;
  return { blocks: new Blocks(store, new FrozenClock()), told, asked };
}

it('asks for the blocks and lets the request go on, which then waits for that one answer', async () => {
  const { blocks, told, asked } = toldBlocks();
  let went = false;
  const next: NextFunction = () => {
    went = true;
  };
  askForBlocks(blocks)(request, response, next);
  assert.ok(went, 'the session is loaded meanwhile');
  const kept = keepOutBlocked(blocks)(request, response, () => assert.fail('let in'));
  told.emit('answer', [block]);
  await assert.rejects(Promise.resolve(kept), (error) => isTobiishiError(error, 'blocked'));
  assert.equal(asked.times, 1);
});

it('leaves it to whoever waits for them that they never came', async () => {
  const { blocks, told } = toldBlocks();
  askForBlocks(blocks)(request, response, () => {});
  told.emit('error', new Error('away'));
  // A rejection that nobody has handled by then fails this test.
  await setImmediate();
});
