import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { StrictConnection } from '../../../src/scrape/fetch/connection.js';
import { PATIENCE_MS } from '../../fixtures/patience.js';
import { serve } from './serve.js';

test('a request is noted once it is written, so that its host never sees the next one too soon', async (t) => {
  const { origin } = await serve(t, (_, response) => response.end());
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  const connection = new StrictConnection(origin, socket, { headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  let bytes = 0;
  const request = { method: 'GET', path: '/', headers: {} } as const;
  await connection.request(request, new AbortController().signal, () => {
    bytes = socket.bytesWritten;
  });
  assert.ok(bytes > 0);
});
