import { decode } from '../encoding/decode.js';
import { openDocument } from './document.js';
import { framedPage } from './framed-page.js';
import { MarkupDocument } from './markup-document.js';
import type { Answer, ReadOptions } from './read-page.js';

/**
 * A page as a document for a frame, as `framedPage` makes it; null for what is no page of a web site. Or where it sends its
 * reader, as `readPage` says.
 */
export function framePage(
  answer: Answer,
  options: Omit<ReadOptions, 'recipe'>,
): { readonly url: string; readonly html: string | null } | { readonly redirect: string } {
  const { url, kind, bytes, charset, link } = answer;
  const isXml = kind === 'xml' || kind === 'xhtml';
  const { text, encoding } = decode(bytes, { charset, override: options.encoding, isXml });
  const document = openDocument({ text, kind, url, encoding, link });
  const target = document.refresh(answer.refresh);
  if (target !== null && (target.href !== url || options.reloads)) return { redirect: target.href };
  const isPage = document instanceof MarkupDocument && (document.kind === 'html' || document.kind === 'xhtml');
  return { url, html: isPage ? framedPage(document.root) : null };
}
