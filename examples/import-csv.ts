// Puts a CSV file into a table of PostgreSQL, five hundred rows a step; a step that is executed twice inserts nothing twice.

import pg from 'pg';
import { defineJob, isUpload, rowsOf, type Upload } from 'tobiishi';
import { z } from 'zod';

const BATCH = 500;

export default defineJob({
  name: 'import-csv',
  title: 'Import a CSV file',
  input: z.object({
    list: z
      .custom<Upload>(isUpload)
      .meta({ title: 'CSV file with columns "sku" and "price"', widget: 'file', accept: '.csv' }),
    database: z.string().min(1).meta({ title: 'Address of the database', widget: 'secret' }),
  }),
  repeatablePlan: true,
  // As text a batch takes less memory than its rows would, until it is stored.
  async *plan({ list }) {
    const batch: object[] = [];
    for await (const { sku, price } of rowsOf(list)) {
      if (batch.push({ sku, price }) === BATCH) yield JSON.stringify(batch.splice(0));
    }
    if (batch.length > 0) yield JSON.stringify(batch);
  },
  describe: () => `up to ${BATCH} rows`,
  async step(batch: string, { input }) {
    const client = new pg.Client(input.database);
    await client.connect();
    const insert = `INSERT INTO prices (sku, price)
      SELECT sku, price FROM json_to_recordset($1) AS new (sku text, price numeric)
      ON CONFLICT (sku) DO UPDATE SET price = excluded.price`;
    const { rowCount } = await client.query(insert, [batch]).finally(() => client.end());
    return { rows: [{ imported: rowCount ?? 0 }] };
  },
});
