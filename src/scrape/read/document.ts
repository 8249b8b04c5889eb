import { JsonDocument } from './json-document.js';
import { looksLikeJson } from './json-text.js';
import { looksLikeFeed } from './markup.js';
import { MarkupDocument } from './markup-document.js';
import type { PageDocument, Source } from './page-document.js';

export type { PageDocument, PageRow, Reading, Recipe, Source } from './page-document.js';

/** Parses a page. Servers call JSON and feeds HTML or text, too. Throws `StepError` `bad-json`. */
export function openDocument(source: Source): PageDocument {
  const { kind, text } = source;
  if (kind === 'json') return new JsonDocument(source);
  if (kind === 'html' || kind === 'text') {
    if (looksLikeJson(text)) return new JsonDocument(source);
    if (looksLikeFeed(text)) return new MarkupDocument(source, 'xml');
  }
  return new MarkupDocument(source, kind);
}
