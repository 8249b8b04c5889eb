import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { runJob, uploadFrom } from 'tobiishi/testing';
import importCsv from './import-csv.js';

const database = process.env['TEST_DATABASE'] ?? '';

test('every row is in the table once, also when the process dies between the table and the run', async (t) => {
  const client = new pg.Client(database);
  await client.connect();
  t.after(() => client.end());
  await client.query('CREATE TABLE prices (sku text PRIMARY KEY, price numeric NOT NULL)');
  const lines = Array.from({ length: 1200 }, (_, i) => `s${i},${i}.5`);
  const list = uploadFrom('prices.csv', `sku,price\n${lines.join('\n')}\n`);
  const { rows, executions } = await runJob(importCsv, { list, database }, { interruptAfter: 1 });
  assert.deepEqual(rows, [{ imported: 500 }, { imported: 500 }, { imported: 200 }]);
  assert.ok(executions.length > 3, 'one step was executed twice');
  const { rows: sums } = await client.query('SELECT count(*)::int AS count, sum(price)::float AS sum FROM prices');
  assert.deepEqual(sums, [{ count: 1200, sum: lines.reduce((sum, _, i) => sum + i + 0.5, 0) }]);
});
