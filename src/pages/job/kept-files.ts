import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Request } from 'express';
import type { Asker } from '../../core/fair-shares.js';
import type { Job } from '../../core/job.js';
import type { Store } from '../../core/store.js';
import { isUpload, type Upload } from '../../core/upload.js';
import type { Body } from '../../http/form-body.js';
import { ensureVisitor, visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { chosenLines } from './chosen-lines.js';
import { type FormErrors, fileFields, type KeptFile } from './fields.js';

/** How long a file is kept for the next time its form is sent: browsers fill in every field again, but not files. */
const KEPT_MS = 60 * 60_000;

/** Packed: of one visitor, and of all. */
const VISITOR_BYTES = 20_000_000;
const ALL_BYTES = 200_000_000;

const compress = promisify(deflateRaw);
const decompress = promisify(inflateRaw);

/**
 * What was sent, with the visitor's kept files in place of their keys. A key whose file is gone stays a text, which no
 * file field accepts.
 */
export async function withKeptFiles(store: Store, req: Request, job: Job): Promise<Body> {
  const body: Record<string, unknown> = chosenLines(job, req.body);
  for (const field of fileFields(job)) {
    const key = body[field];
    if (typeof key === 'string' && key !== '') body[field] = (await findFile(store, req, key)) ?? key;
  }
  return body;
}

/** Keeps the valid files for the next time the form is sent; answers them by field. */
export async function keepFiles(
  { store, runs }: Pick<PageDeps, 'store' | 'runs'>,
  req: Request,
  asker: Asker,
  job: Job,
  body: Body,
  errors: FormErrors,
): Promise<ReadonlyMap<string, KeptFile>> {
  const kept = new Map<string, KeptFile>();
  for (const field of fileFields(job)) {
    const file = body[field];
    if (!isUpload(file) || errors.has(field)) continue;
    const entries = await runs.entries(job, file, asker);
    kept.set(field, { key: await saveFile(store, req, file), name: file.name, entries });
  }
  return kept;
}

async function saveFile(store: Store, req: Request, { name, bytes }: Upload): Promise<string> {
  const key = createHash('sha256').update(name).update('\0').update(bytes).digest('base64url');
  const text = JSON.stringify({ name, bytes: (await compress(bytes)).toString('base64') });
  const visitorId = ensureVisitor(req);
  await store.writeCache(nameOf(visitorId, key), text, KEPT_MS);
  await store.trimCache(nameOf(visitorId, ''), VISITOR_BYTES);
  await store.trimCache(PREFIX, ALL_BYTES);
  return key;
}

async function findFile(store: Store, req: Request, key: string): Promise<Upload | null> {
  const visitorId = visitorOf(req);
  const text = visitorId === null || key.length > 100 ? null : await store.readCache(nameOf(visitorId, key));
  if (text === null) return null;
  const { name, bytes } = JSON.parse(text);
  return { name, bytes: await decompress(Buffer.from(bytes, 'base64')) };
}

/** Those of the visitor, as when they leave. */
export function forgetFiles(store: Store, visitorId: string): Promise<void> {
  return store.deleteCached(nameOf(visitorId, ''));
}

const PREFIX = 'file:';

/** The visitor's id is a secret: nobody else's key leads to the file. */
function nameOf(visitorId: string, key: string): string {
  return `${PREFIX}${visitorId}:${key}`;
}
