/** Crawlee's CheerioCrawler. */
import { COLUMNS } from '../lib/columns.js';
import { importPeer } from '../lib/peers.js';
import { serveTasks } from '../lib/program.js';

interface Found {
  text(): string;
  attr(name: string): string | undefined;
}
interface Handled {
  readonly $: (selector: string) => { first(): Found };
  readonly request: { readonly url: string };
  pushData(row: object): Promise<void>;
}
interface Crawlee {
  readonly CheerioCrawler: new (
    options: object,
    configuration: unknown,
  ) => { run(urls: readonly string[]): Promise<{ requestsFinished: number }> };
  readonly Configuration: new (options: object) => unknown;
  readonly log: { setLevel(level: number): void };
}

interface Task {
  readonly origin: string;
  readonly paths: readonly string[];
  readonly mode: 'default' | 'tuned';
}

/** Answers the seconds that it took. */
serveTasks<Task>(async ({ origin, paths, mode }) => {
  const { CheerioCrawler, Configuration, log } = await importPeer<Crawlee>('@crawlee/cheerio');
  log.setLevel(0);
  const rows: object[] = [];
  const tuned = mode === 'tuned';
  const requestHandler = async ({ $, request, pushData }: Handled) => {
    const row: Record<string, string> = { page: request.url };
    for (const { name, selector, attribute } of COLUMNS) {
      const found = $(selector).first();
      row[name] = (attribute === null ? found.text().trim() : found.attr(attribute)) ?? '';
    }
    if (tuned) rows.push(row);
    else await pushData(row);
  };
  const options = tuned ? { useSessionPool: false, minConcurrency: 10 } : {};
  const configuration = new Configuration(tuned ? { persistStorage: false } : {});
  const from = performance.now();
  const { requestsFinished } = await new CheerioCrawler({ ...options, requestHandler }, configuration).run(
    paths.map((path) => origin + path),
  );
  if (requestsFinished !== paths.length) throw new Error(`${requestsFinished} pages of ${paths.length}`);
  return (performance.now() - from) / 1000;
});
