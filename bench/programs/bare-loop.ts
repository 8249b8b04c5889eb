/** The shortest scraper there is: undici and cheerio in a loop. */
import { load } from 'cheerio';
import { Client } from 'undici';
import { COLUMNS } from '../lib/columns.js';
import { serveTasks } from '../lib/program.js';

interface Task {
  readonly origin: string;
  readonly paths: readonly string[];
}

/** Answers the seconds that it took. */
serveTasks<Task>(async ({ origin, paths }) => {
  const client = new Client(origin);
  const from = performance.now();
  const rows: Record<string, string>[] = [];
  for (const path of paths) {
    const { body } = await client.request({ path, method: 'GET' });
    const $ = load(await body.text());
    const row: Record<string, string> = { page: origin + path };
    for (const { name, selector, attribute } of COLUMNS) {
      const found = $(selector).first();
      row[name] = (attribute === null ? found.text().trim() : found.attr(attribute)) ?? '';
    }
    rows.push(row);
  }
  const seconds = (performance.now() - from) / 1000;
  await client.close();
  if (rows.some((row) => !row['title'])) throw new Error('a page without a title');
  return seconds;
});
