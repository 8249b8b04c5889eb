import { createHash } from 'node:crypto';
import type { Json } from '../../core/step.js';
import type { Feed, FeedRow } from '../../core/watches.js';
import { cellText } from './table.js';

export interface FeedPage {
  readonly title: string;
  /** Its own address. */
  readonly self: string;
  /** Who made it: a name. */
  readonly author: string;
  readonly language: string;
}

const LONGEST_TITLE = 200;

/** A feed as https://www.rfc-editor.org/rfc/rfc4287 has it: one entry for each row, the newest first. */
export function atomFeed({ watchId, updatedAt, rows }: Feed, { title, self, author, language }: FeedPage): string {
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${xml(language)}">`,
    `<id>${idOf([watchId])}</id>`,
    `<title>${xml(title)}</title>`,
    `<updated>${timeOf(updatedAt)}</updated>`,
    `<author><name>${xml(author)}</name></author>`,
    `<link rel="self" type="application/atom+xml" href="${xml(self)}"/>`,
    ...rows.map((row) => entry(watchId, row)),
    '</feed>',
    '',
  ].join('\n');
}

function entry(watchId: string, { key, row, firstAt }: FeedRow): string {
  const cells = Object.entries(JSON.parse(row) as Record<string, Json>).map(([name, value]) => [name, cellText(value)]);
  const texts = cells.map(([, text = '']) => text).filter((text) => text !== '');
  const link = texts.find(isAddress);
  const title = texts.find((text) => !isAddress(text)) ?? link ?? key;
  return [
    '<entry>',
    `<id>${idOf([watchId, key])}</id>`,
    `<title>${xml(title.slice(0, LONGEST_TITLE))}</title>`,
    `<updated>${timeOf(firstAt)}</updated>`,
    // An entry without content must have a link: https://www.rfc-editor.org/rfc/rfc4287#section-4.1.2
    ...(link === undefined ? [] : [`<link href="${xml(link)}"/>`]),
    `<content type="html">${xml(html(cells))}</content>`,
    '</entry>',
  ].join('\n');
}

function html(cells: readonly string[][]): string {
  const rows = cells.map(([name = '', text = '']) => {
    const shown = isAddress(text) ? `<a href="${xml(text)}">${xml(text)}</a>` : xml(text);
    return `<tr><th>${xml(name)}</th><td>${shown}</td></tr>`;
  });
  return `<table>${rows.join('')}</table>`;
}

function isAddress(text: string): boolean {
  return /^https?:\/\/\S+$/.test(text);
}

/** The same for as long as the watch is the same, and no way back to it: https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function idOf(parts: readonly string[]): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify(['feed', ...parts]))
    .digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex').slice(0, 32);
  return `urn:uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Without what XML cannot hold: https://www.w3.org/TR/xml/#charsets */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign);
}
