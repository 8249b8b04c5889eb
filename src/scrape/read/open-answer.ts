import { type Decoded, decode } from '../encoding/decode.js';
import type { Kind } from './content-type.js';
import { openDocument, type PageDocument } from './document.js';

/** What a host answered with. */
export interface Answer {
  /** Where it was found. */
  readonly url: string;
  readonly kind: Kind;
  /** The charset of its `Content-Type`. */
  readonly charset: string | null;
  readonly bytes: Uint8Array;
  /** The `Refresh` header. */
  readonly refresh: string | null;
  /** The `Link` header. */
  readonly link: string | null;
}

export interface OpenOptions {
  /** An encoding that the visitor insists on; empty: the page's own. */
  readonly encoding: string;
  /** Whether a page that sends its reader to its own address again is a redirect. */
  readonly reloads: boolean;
}

export interface OpenedAnswer extends Decoded {
  readonly document: PageDocument;
}

/** Where a page sends its reader, absolute and in normal form. */
export interface Redirect {
  readonly redirect: string;
}

/** Decodes and parses an answer; a page that sends its reader elsewhere is not read. Throws `StepError` `bad-json`. */
export function openAnswer(answer: Answer, options: OpenOptions): OpenedAnswer | Redirect {
  const { url, kind, bytes, charset, link } = answer;
  const isXml = kind === 'xml' || kind === 'xhtml';
  const decoded = decode(bytes, { charset, override: options.encoding, isXml });
  const { text, encoding } = decoded;
  const document = openDocument({ text, kind, url, encoding, link });
  const target = document.refresh(answer.refresh);
  if (target !== null && (target.href !== url || options.reloads)) return { redirect: target.href };
  return { ...decoded, document };
}
