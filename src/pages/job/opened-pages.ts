import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Request } from 'express';
import type { OpenedPage } from '../../core/proposal.js';
import type { Store } from '../../core/store.js';
import { ensureVisitor, visitorOf } from '../../http/session.js';

/** How long somebody may take to point at what they want. */
const KEPT_MS = 30 * 60_000;

/** Of all visitors, packed. */
const ALL_BYTES = 100_000_000;

const compress = promisify(deflateRaw);
const decompress = promisify(inflateRaw);

/** What is kept of a page: for its frame, and for the job. */
export type PagePart = keyof OpenedPage;

/** Keeps a page for the visitor, in the place of the one before; answers the token by which it is found. */
export async function keepPage(store: Store, req: Request, job: string, page: OpenedPage): Promise<string> {
  const token = randomBytes(16).toString('base64url');
  const visitorId = ensureVisitor(req);
  for (const part of ['html', 'page'] as const) {
    const text = (await compress(page[part])).toString('base64');
    await store.writeCache(nameOf(visitorId, part), `${job} ${token} ${text}`, KEPT_MS);
  }
  await store.trimCache(PREFIX, ALL_BYTES);
  return token;
}

/** Null when it has expired, another one was opened since, or it is another visitor's. */
export async function findPage(
  store: Store,
  req: Request,
  job: string,
  { token, part }: { readonly token: string; readonly part: PagePart },
): Promise<string | null> {
  const visitorId = visitorOf(req);
  const kept = visitorId === null ? null : await store.readCache(nameOf(visitorId, part));
  const start = `${job} ${token} `;
  if (!kept?.startsWith(start)) return null;
  return String(await decompress(Buffer.from(kept.slice(start.length), 'base64')));
}

/** That of the visitor, as when they leave. */
export function forgetPages(store: Store, visitorId: string): Promise<void> {
  return store.deleteCached(nameOf(visitorId, ''));
}

const PREFIX = 'opened:';

/** The visitor's id is a secret. */
function nameOf(visitorId: string, part: PagePart | ''): string {
  return `${PREFIX}${visitorId}:${part}`;
}
