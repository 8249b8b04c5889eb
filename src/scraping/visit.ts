import { type Decoded, decode } from './decode.js';
import { PageDocument } from './document.js';
import type { Fetcher } from './fetch.js';
import type { Manners } from './manners.js';
import { Trail } from './trail.js';

export interface Visit {
  /** Every address that was asked, the page's own last. */
  readonly addresses: readonly string[];
  readonly document: PageDocument;
  readonly encoding: Decoded['encoding'];
  readonly why: Decoded['why'];
}

export interface VisitOptions {
  readonly signal: AbortSignal;
  readonly manners: Manners;
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
}

/** Fetches a page and parses it, going on to where it sends its reader, in HTTP or in HTML. */
export async function visit(fetcher: Fetcher, start: string, options: VisitOptions): Promise<Visit> {
  const { signal, manners, encoding: override } = options;
  const trail = new Trail();
  for (let address = start; ; ) {
    const page = await fetcher.fetch(address, { signal, manners, trail });
    const { text, encoding, why } = decode(page.bytes, { charset: page.charset, override });
    const document = new PageDocument({ text, kind: page.kind, url: page.url, encoding });
    const target = document.refresh(page.refresh);
    // A page that only loads itself anew is no redirect.
    if (target === null || target.href === page.url) return { addresses: trail.addresses, document, encoding, why };
    address = target.href;
  }
}
