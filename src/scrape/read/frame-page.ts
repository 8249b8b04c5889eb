import { framedPage } from './framed-page.js';
import { MarkupDocument } from './markup-document.js';
import { type Answer, type OpenOptions, openAnswer, type Redirect } from './open-answer.js';

/** A page as a document for a frame, as `framedPage` makes it; null for what is no page of a web site. */
export function framePage(
  answer: Answer,
  options: OpenOptions,
): { readonly url: string; readonly html: string | null } | Redirect {
  const opened = openAnswer(answer, options);
  if ('redirect' in opened) return opened;
  const { document } = opened;
  const isPage = document instanceof MarkupDocument && (document.kind === 'html' || document.kind === 'xhtml');
  return { url: answer.url, html: isPage ? framedPage(document.root) : null };
}
