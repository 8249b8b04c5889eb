import { createHash } from 'node:crypto';

/** Of what a page shows: `rows` as texts, or without any the page's whole text. */
export function fingerprintOf(rows: readonly string[], whole: () => string, isRow: boolean): string {
  const hash = createHash('sha256');
  if (rows.length > 0) for (const row of rows) hash.update(row).update('\0');
  // A page past the last one says its number at most.
  else hash.update(isRow ? whole() : whole().replace(/\d+/g, ''));
  return hash.digest('base64url').slice(0, 12);
}
