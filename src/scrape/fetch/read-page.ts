import { type Decoded, decode } from '../encoding/decode.js';
import { PageDocument } from '../read/document.js';
import type { Fetcher } from './fetch.js';
import type { Politeness } from './politeness.js';

export interface LoadedPage {
  /** Where it is: its address in normal form. */
  readonly url: string;
  readonly document: PageDocument;
  readonly encoding: Decoded['encoding'];
  readonly why: Decoded['why'];
}

export interface ReadPageOptions {
  readonly signal: AbortSignal;
  readonly politeness: Politeness;
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
}

/** Fetches an address and parses the page; or says where it sends its reader, in HTTP or in HTML. */
export async function readPage(
  fetcher: Pick<Fetcher, 'fetchHop'>,
  address: string,
  options: ReadPageOptions,
): Promise<LoadedPage | URL> {
  const { signal, politeness, encoding: override } = options;
  const page = await fetcher.fetchHop(address, { signal, politeness });
  if (page instanceof URL) return page;
  const { url } = page;
  const { text, encoding, why } = decode(page.bytes, { charset: page.charset, override });
  const document = new PageDocument({ text, kind: page.kind, url, encoding });
  const target = document.refresh(page.refresh);
  // A page that only loads itself anew is no redirect.
  return target === null || target.href === url ? { url, document, encoding, why } : target;
}
