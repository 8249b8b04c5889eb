import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Upload } from '../core/upload.js';

/** A file of 5 MB, and what else the form holds. */
const MOST_BYTES = 6 * 1024 * 1024;
/** So much more is read and thrown away, because a browser that is not listened to shows no error page either. */
const MOST_IGNORED_BYTES = 100 * 1024 * 1024;

/**
 * Forms with files: each field is text, or an `Upload`; a file field that was left empty is absent. Parsed by Node's
 * own reader of forms, which wants the whole body: larger ones answer 413.
 */
export const multipartBody: RequestHandler = async (req, _res, next) => {
  const type = req.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) return next();
  const body: Record<string, string | Upload> = {};
  for (const [name, value] of await readForm(await readAll(req), type)) {
    if (typeof value === 'string') body[name] = value;
    else if (value.size > 0) body[name] = { name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) };
  }
  req.body = body;
  next();
};

async function readForm(bytes: Buffer<ArrayBuffer>, type: string): Promise<FormData> {
  try {
    return await new Response(bytes, { headers: { 'content-type': type } }).formData();
  } catch (cause) {
    throw Object.assign(new Error('a form that cannot be read', { cause }), { status: 400 });
  }
}

async function readAll(req: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= MOST_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (size > MOST_IGNORED_BYTES) break;
  }
  if (size > MOST_BYTES) throw Object.assign(new Error(`a form of over ${MOST_BYTES} bytes`), { status: 413 });
  return Buffer.concat(chunks);
}
