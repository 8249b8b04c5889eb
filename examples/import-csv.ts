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
  async *plan({ list }) {
    let batch: { sku: string; price: number }[] = [];
    for await (const { sku = '', price = '' } of rowsOf(list)) {
      batch.push({ sku, price: Number(price) });
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  },
  describe: (batch) => `${batch.length} rows`,
  async step(batch: { sku: string; price: number }[], { input }) {
    const client = new pg.Client(input.database);
    await client.connect();
    try {
      const { rowCount } = await client.query(
        `INSERT INTO prices (sku, price) SELECT sku, price FROM json_to_recordset($1) AS new (sku text, price numeric)
        ON CONFLICT (sku) DO UPDATE SET price = excluded.price`,
        [JSON.stringify(batch)],
      );
      return { rows: [{ imported: rowCount ?? 0 }] };
    } finally {
      await client.end();
    }
  },
});
