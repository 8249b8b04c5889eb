import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type { Request, Response } from 'express';
import { systemClock } from '../../src/core/clock.js';
import { RestingTurns } from '../../src/core/resting-turns.js';
import type { UploadStore } from '../../src/core/upload.js';
import { multipartBody } from '../../src/http/uploads.js';

const HEAD = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n';
const MAX_FILE_BYTES = 10_000;

/** Reads forms of one network, and counts what became of their files. */
function bench(maxFileBytes = MAX_FILE_BYTES) {
  let rests = 0;
  const sleep = async () => {
    rests += 1;
  };
  const files = { whole: 0, broken: 0 };
  const uploads = {
    makeRoom: async () => true,
    async write(_owner: unknown, file: { name: string; type: string }, content: AsyncIterable<Uint8Array>) {
      try {
        for await (const _ of content);
        files.whole += 1;
        return { ...file, id: 'id', size: 1, hash: 'hash' };
      } catch (error) {
        files.broken += 1;
        throw error;
      }
    },
  } as unknown as UploadStore;
  const turns = new RestingTurns({ ...systemClock, sleep }, () => 1);
  const read = multipartBody({ uploads, maxFileBytes, disk: null, turns });
  const send = async (body: AsyncIterable<Buffer>) => {
    const session = { hostVisitor: 'visitor', contents: {}, isOfToken: true };
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const req = Object.assign(Readable.from(body), { headers, ip: '192.0.2.1', tobiishiSession: session });
    const res = { locals: { tobiishi: { instance: { networkId: () => 'network' } } } };
    await read(req as unknown as Request, res as unknown as Response, () => {});
  };
  return { files, send, rests: () => rests };
}

describe('files of forms', () => {
  it('whose client leaves in the middle end, too', async () => {
    const { files, send } = bench();
    async function* leaving() {
      yield Buffer.from(`${HEAD}begun`);
      throw new Error('aborted');
    }
    await assert.rejects(send(leaving()), /aborted/);
    assert.deepEqual(files, { whole: 0, broken: 1 });
  });

  it('are read with rests while somebody waits for an answer, but for the beginning of each form', async () => {
    const { files, send, rests } = bench(2_000_000);
    async function* chunks(count: number) {
      yield Buffer.from(HEAD);
      for (let i = 0; i < count; i += 1) yield Buffer.alloc(60_000);
      yield Buffer.from('\r\n--x--\r\n');
    }
    await send(chunks(1));
    assert.equal(rests(), 0);
    await send(chunks(20));
    assert.ok(rests() >= 19, `${rests()} rests`);
    assert.deepEqual(files, { whole: 2, broken: 0 });
  });

  it('on their way are bounded together: of one network half of what all may have', async () => {
    const { send } = bench();
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    async function* slow(bytes: number) {
      yield Buffer.from(HEAD);
      yield Buffer.alloc(bytes);
      await ended;
      yield Buffer.from('\r\n--x--\r\n');
    }
    const forms = Array.from({ length: 25 }, () => send(slow(MAX_FILE_BYTES)));
    end();
    const outcomes = await Promise.allSettled(forms);
    const refused = outcomes.filter((each) => each.status === 'rejected').map(({ reason }) => reason.code);
    assert.deepEqual(refused, ['storage-full']);
    await send(slow(MAX_FILE_BYTES));
  });
});
