import type { Finding, RunFigures } from '../../index.js';
import { parseColumns } from '../read/columns.js';
import { EMPTY_COLUMN, figureName } from './figures.js';
import { finding } from './finding.js';
import type { ScrapeInput } from './input.js';

/** What a run that is over has not got, although its form asked for it. */
export function warnings({ stats, rowCount, failedCount }: RunFigures, input: ScrapeInput): Finding[] {
  const found: Finding[] = [];
  const figure = (name: string) => stats[`tobiishi/${name}`] ?? 0;
  const warn = (code: string, message: string, params: Finding['params'] = {}) =>
    found.push(finding(code, message, params, true));
  const counted = (code: string, name: string, message: (count: number) => string) => {
    const count = figure(name);
    if (count > 0) warn(code, message(count), { count });
  };
  const failed = figure('failed_leading_on');
  const readPages = figure('pages_with_rows') + figure('pages_without_rows');
  const pages = figure('stated_pages');
  if (failed > 0) {
    const message = `${failed} pages failed, and what they lead to was not read`;
    const code = pages > readPages ? 'failed-leading-on-of' : 'failed-leading-on';
    const params = { count: failed, readPages, ...(pages > readPages && { pages }) };
    found.push({ ...finding(code, message, params, true), action: 'retry-failed' });
  }
  for (const kind of ['cookies', 'javascript', 'captcha', 'login'])
    counted(`barrier-${kind}`, `barriers/${kind}`, (n) => `${n} pages ask for ${kind} instead of showing anything`);
  // That nothing is new is what a watch is for.
  const isOld = input.keep === 'new' && figure('pages_with_rows') > 0;
  // Then it is the failures that tell what to do, not the selector of the rows.
  if (readPages === 0 && failedCount > 0) warn('no-pages', 'No page that could give rows was read');
  else if (rowCount === 0 && !isOld) warn('no-rows', 'No page gave a row');
  else counted('pages-without-rows', 'pages_without_rows', (n) => `${n} pages gave no rows`);
  const names = emptyColumns(stats, input);
  if (names.length > 0) warn('empty-columns', `Empty in every row: ${names.join(', ')}`, { names });
  if (input.follow.trim() !== '' && input.depth > 0 && figure('links_opened') === 0)
    warn('no-links-opened', 'No link to open was found', { selector: input.follow.trim() });
  if (input.next.trim() !== '' && figure('next_pages') === 0)
    warn('no-next-page', 'No link to a next page was found', { selector: input.next.trim() });
  const detail = (input.detail ?? '').trim();
  if (detail !== '' && rowCount > 0 && figure('detail_pages') === 0 && figure('failed_details') === 0)
    warn('no-details', 'No row has a link to a page of its own', { selector: detail });
  counted('failed-details', 'failed_details', (n) => `The pages of ${n} rows could not be had`);
  counted('repeated-pages', 'repeated_pages', () => 'A next page showed the same again, and was not gone on from');
  counted('cut-answers', 'cut_answers', (n) => `${n} answers broke off`);
  counted('left-out-lines', 'left_out_lines', (n) => `${n} lines were left out`);
  counted('cut-cells', 'cut_cells', (n) => `${n} cells were cut: too long`);
  counted('unclean-cells', 'unclean_cells', (n) => `${n} cells have no number or date in them`);
  counted('not-remembered', 'not_remembered', (n) => `${n} rows cannot be remembered: too many`);
  counted('left-out-links', 'left_out_links', (n) => `${n} links were not opened: too many on a page`);
  counted('duplicate-addresses', 'duplicate_addresses', (n) => `${n} addresses were named more than once`);
  counted('dropped-sitemaps', 'dropped_sitemaps', (n) => `${n} sitemaps were left out: too deep`);
  counted('dropped-addresses', 'dropped_addresses', (n) => `${n} addresses of sitemaps were left out: too many`);
  return found;
}

/** Of the columns that no page with rows has anything in; those of the rows' own pages, that none of these has. */
function emptyColumns(stats: RunFigures['stats'], { columns }: ScrapeInput): string[] {
  const lists = stats['tobiishi/pages_with_rows'] ?? 0;
  const details = stats['tobiishi/detail_pages'] ?? 0;
  return parseColumns(columns).columns.flatMap(({ name, isOfDetail }) => {
    const pages = isOfDetail ? details : lists;
    return pages > 0 && stats[`${EMPTY_COLUMN}${figureName(name)}`] === pages ? name : [];
  });
}
