import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Upload } from '../core/upload.js';

/** More than any file may have that a job takes, so that the job can say so; what is over is not kept. */
const MOST_FILE_BYTES = 5.5 * 1024 * 1024;
/** Longer texts may have been cut. */
const MOST_TEXT_BYTES = 5 * 1024 * 1024;
/** A file, and what else the form holds. */
const MOST_BYTES = MOST_FILE_BYTES + 1024 * 1024;
/** So much is read, because a browser that is not listened to shows no answer either. */
const MOST_READ_BYTES = 100 * 1024 * 1024;

/**
 * Forms with files: each field is text, or an `Upload`; a file field that was left empty is absent. Parsed by Node's
 * own reader of forms, which wants the whole body. Of a large file only the beginning is kept; other large ones answer 413.
 */
export const multipartBody: RequestHandler = async (req, _res, next) => {
  const type = req.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) return next();
  const body: Record<string, string | Upload> = {};
  for (const [name, value] of await readForm(await readAll(req, boundaryOf(type)), type)) {
    if (typeof value === 'string') {
      if (Buffer.byteLength(value) >= MOST_TEXT_BYTES) throw tooLarge();
      body[name] = value;
    } else if (value.size > 0) body[name] = { name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) };
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

function boundaryOf(type: string): string {
  const found = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw Object.assign(new Error('a form without a boundary'), { status: 400 });
  return boundary;
}

/** The body, of each part no more than a file may have. */
async function readAll(req: IncomingMessage, boundary: string): Promise<Buffer<ArrayBuffer>> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const kept: Buffer[] = [];
  let size = 0;
  let read = 0;
  let room = MOST_FILE_BYTES;
  const keep = (bytes: Buffer) => {
    const piece = bytes.subarray(0, room);
    room -= piece.length;
    size += piece.length;
    if (size > MOST_BYTES) kept.length = 0;
    // An empty piece would keep the chunk that it is of.
    else if (piece.length > 0) kept.push(piece);
  };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of req as AsyncIterable<Uint8Array>) {
    read += chunk.length;
    if (read > MOST_READ_BYTES) break;
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(delimiter); end >= 0; end = rest.indexOf(delimiter)) {
      keep(rest.subarray(0, end));
      room = MOST_FILE_BYTES;
      keep(delimiter);
      rest = rest.subarray(end + delimiter.length);
    }
    // The delimiter may begin in what is left.
    const sure = Math.max(0, rest.length - delimiter.length + 1);
    keep(rest.subarray(0, sure));
    rest = rest.subarray(sure);
  }
  keep(rest);
  if (size > MOST_BYTES || read > MOST_READ_BYTES) throw tooLarge();
  return Buffer.concat(kept);
}

function tooLarge(): Error {
  return Object.assign(new Error('a form that is too large'), { status: 413 });
}
