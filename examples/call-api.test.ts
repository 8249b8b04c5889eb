import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { runJob, uploadFrom } from 'tobiishi/testing';
import callApi from './call-api.js';

test('each line is asked for with the key, again when the API is busy, and what is refused is listed', async (t) => {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    const id = req.url?.slice(1) ?? '';
    asked.push(id);
    const isFirst = asked.filter((each) => each === id).length === 1;
    if (req.headers.authorization !== 'Bearer k3y') res.statusCode = 401;
    else if (id === 'busy' && isFirst) res.writeHead(429, { 'retry-after': '2' });
    else if (id === 'broken' && isFirst) res.statusCode = 500;
    else if (id === 'gone') res.statusCode = 404;
    res.end(JSON.stringify({ name: `the ${id} one` }));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { rows, failures } = await runJob(callApi, {
    list: uploadFrom('list.csv', 'id,note\na,\nbusy,\ngone,\nbroken,"x\ny"\n'),
    address: `http://127.0.0.1:${port}/{id}`,
    key: 'k3y',
  });
  assert.deepEqual(rows.map(({ id }) => id).sort(), ['a', 'broken', 'busy']);
  assert.deepEqual(
    failures.map(({ item }) => item),
    ['gone'],
  );
  assert.deepEqual(
    asked.filter((id) => id === 'gone'),
    ['gone'],
    'what cannot change is asked once',
  );
});
