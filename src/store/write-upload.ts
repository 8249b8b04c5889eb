import { createHash, type Hash, randomBytes } from 'node:crypto';
import { type FileKey, piecesOf } from '../core/files.js';
import type { KeptUpload, Upload } from '../core/upload.js';
import { plainText, uploadKey } from './columns.js';

interface UploadTables {
  /** Makes it known before its bytes come: only then are they kept. */
  begin(upload: Pick<Upload, 'id' | 'name' | 'type'>): Promise<void>;
  write(key: FileKey, pieces: AsyncIterable<Uint8Array>): Promise<number>;
  finish(upload: KeptUpload): Promise<void>;
  /** Nobody will ask for it. */
  abandon(id: string): Promise<void>;
}

/** Keeps a file of a form while it comes. Of one that ends in the middle nothing stays. */
export async function writeUpload(
  { name, type }: Pick<Upload, 'name' | 'type'>,
  content: AsyncIterable<Uint8Array>,
  tables: UploadTables,
): Promise<KeptUpload> {
  const begun = { id: randomBytes(16).toString('base64url'), name: plainText(name), type: plainText(type) };
  await tables.begin(begun);
  const sha = createHash('sha256');
  const size = await tables.write(uploadKey(begun.id), hashed(piecesOf(content), sha)).catch(async (error: unknown) => {
    await tables.abandon(begun.id);
    throw error;
  });
  const kept = { ...begun, size, hash: sha.digest('base64url') };
  await tables.finish(kept);
  return kept;
}

/** The same chunks; `hash` is told of each. */
async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
