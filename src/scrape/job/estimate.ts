import type { Finding } from '../../index.js';
import { parseAddresses } from '../read/addresses.js';
import { finding } from './finding.js';
import type { ScrapeInput } from './input.js';
import type { SitemapPreview } from './preview-sitemap.js';
import { namedAddresses, type StartPages } from './start-pages.js';
import { unhurried } from './unhurried.js';

/** What a preview has seen of where a run may go. */
export interface Known {
  /** Null when it was not read. */
  sitemap: SitemapPreview | null;
  /** Of the first page: its next page, null when it has none, undefined when nobody looked. */
  next: string | null | undefined;
  /** To open on the first page; null when nobody looked. */
  links: readonly string[] | null;
  /** Pages of the rows of the first page; null when nobody looked. */
  details: readonly string[] | null;
}

/**
 * Pages times delay, of the host for which that is most: the others are asked meanwhile. Says how many pages there
 * are when all are known, and otherwise how many at least. Sitemaps, redirects and retries come on top.
 */
export async function estimate(
  input: ScrapeInput,
  pages: StartPages,
  known: Known,
  delayMs: (host: string) => number,
): Promise<Finding[]> {
  const tally = new Tally(input.limit);
  const starts = new Set<string>();
  for await (const address of unhurried(namedAddresses(pages))) {
    if (!starts.has(address)) tally.add(hostOf(address));
    starts.add(address);
  }
  for (const [host, count] of Object.entries(known.sitemap?.hosts ?? {})) tally.add(host, count);
  const found = new Set([...(known.links ?? []), known.next ?? []].flat());
  for (const address of found) if (!starts.has(address)) tally.add(hostOf(address));
  // One for each row, also where several lead to the same.
  for (const address of known.details ?? []) tally.add(hostOf(address));
  const findings = [runFinding(input, tally, mayFindMore(input, known, starts.size), delayMs)];
  const count = tally.named - tally.total;
  if (count > 0) findings.push(finding('past-limit', `${count} more are past the limit`, { count }, true));
  return findings;
}

function runFinding(
  { limit, delay }: ScrapeInput,
  { total: count, hosts }: Tally,
  mayFindMore: boolean,
  delayMs: (host: string) => number,
): Finding {
  const slowest = [...hosts].map(([host, pages]) => ({ timeMs: pages * delayMs(host), delayMs: delayMs(host) }));
  const { timeMs = 0, delayMs: apart = delay * 1000 } = slowest.sort((a, b) => b.timeMs - a.timeMs)[0] ?? {};
  const longest = Math.max(apart, ...slowest.map((host) => host.delayMs));
  const isOpen = mayFindMore && count < limit;
  const params = { count, limit, seconds: apart / 1000, timeMs: shown(timeMs), mostMs: shown(limit * longest) };
  const kind = !isOpen ? '' : count === 0 ? '-unknown' : '-open';
  const code = `estimate${kind}${longest === 0 ? '-no-delay' : ''}`;
  const message = isOpen ? `At least ${count} pages, at most ${limit}` : `${count} pages`;
  return finding(code, `${message}, ${params.seconds} s apart on each host`, params);
}

/** Nobody is told of "about 0 seconds". */
function shown(ms: number): number {
  return ms === 0 ? 0 : Math.max(1000, ms);
}

/** Whether pages are to be read that no one has seen a link to yet. */
function mayFindMore(input: ScrapeInput, { sitemap, next, links }: Known, starts: number): boolean {
  const hasSitemap = input.sitemap.trim() !== '';
  if (hasSitemap && (sitemap === null || sitemap.hasMore)) return true;
  const hasDetails = (input.detail ?? '').trim() !== '';
  if (hasDetails && (starts > 1 || hasSitemap)) return true;
  const [follows, pagesOn] = [input.follow.trim() !== '' && input.depth > 0, input.next.trim() !== ''];
  if (!follows && !pagesOn) return false;
  // Everything that the first page leads to is known, but of the others nothing is.
  if (hasDetails && follows) return true;
  const isOnlyPage = starts === 1 && !hasSitemap;
  if (!isOnlyPage || (pagesOn && next !== null) || (follows && links === null)) return true;
  return follows && (links ?? []).length > 0 && (input.depth > 1 || pagesOn);
}

/** For texts up to here hosts are counted at each page of a run. */
const SHORT_TEXT = 2000;

/** The delay, shared by the hosts that are asked; 0 when the form does not tell which. */
export function leastStepMs(input: ScrapeInput): number {
  const { urls, sitemap, follow, sameSite, delay } = input;
  if (sitemap.trim() !== '' || urls.length > SHORT_TEXT || (follow.trim() !== '' && !sameSite)) return 0;
  const hosts = new Set<string>();
  let seen = 0;
  const typed = parseAddresses(urls, { leaveOut: true });
  for (const address of namedAddresses({ typed, listed: null })) {
    hosts.add(hostOf(address));
    seen += 1;
    if (seen >= Math.min(input.limit, SHORT_TEXT)) break;
  }
  return hosts.size === 0 ? 0 : (delay * 1000) / hosts.size;
}

/** Of an address in normal form; parsing a hundred thousand takes a while. */
function hostOf(address: string): string {
  return address.split('/', 3)[2] ?? '';
}

/** Pages by host, up to a limit. */
class Tally {
  readonly hosts = new Map<string, number>();
  /** All that were added. */
  named = 0;
  /** Those within the limit. */
  total = 0;

  constructor(private readonly limit: number) {}

  add(host: string, count = 1): void {
    this.named += count;
    const added = Math.min(count, this.limit - this.total);
    if (added === 0) return;
    this.total += added;
    this.hosts.set(host, (this.hosts.get(host) ?? 0) + added);
  }
}
