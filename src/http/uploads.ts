import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { BusboyInstance } from '@fastify/busboy';
import type { RequestHandler } from 'express';
import type { Upload } from '../core/upload.js';
import { busboy } from './packages.js';

/** More than any file may have that a job takes, so that the job can say so; what is over is not kept. */
const MOST_FILE_BYTES = 5.5 * 1024 * 1024;
/** Longer texts are refused. */
const MOST_TEXT_BYTES = 5 * 1024 * 1024;
/** A file, and what else the form holds. */
const MOST_KEPT_BYTES = MOST_FILE_BYTES + 1024 * 1024;
/** So much is read, because a browser that is not listened to shows no answer either. */
export const MOST_READ_BYTES = 100 * 1024 * 1024;
/** More fields, or files, than any form has. */
const MOST_PARTS = 1000;

/**
 * Forms with files: each field is text, or an `Upload`; a file field that was left empty is absent. Of a large file only
 * the beginning is kept; what is too large otherwise answers 413.
 */
export const multipartBody: RequestHandler = async (req, _res, next) => {
  const type = req.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) return next();
  const source = unread(req);
  if (source !== null) req.body = await readForm(source, type);
  next();
};

/** The body as it was sent; null when the app around us has parsed it. */
function unread(req: IncomingMessage & { body?: unknown }): Readable | null {
  if (Buffer.isBuffer(req.body)) return Readable.from([req.body]);
  return req.readableEnded ? null : req;
}

type Fields = Record<string, string | Upload>;

async function readForm(source: Readable, type: string): Promise<Fields> {
  const form = newForm(type);
  const kept = keptParts(form);
  let failure: unknown = null;
  let read = 0;
  // A stream left early would take the connection with it, and the answer.
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    read += chunk.length;
    if (read > MOST_READ_BYTES) throw refused(413, 'a form that is too large');
    // What is refused is still read to its end.
    if (failure !== null) continue;
    const written = new Promise((resolve) => form.write(chunk, resolve));
    await Promise.race([written, kept.failed]).catch((error) => {
      failure = error;
    });
  }
  if (failure !== null) throw failure;
  const finished = once(form, 'finish');
  form.end();
  await Promise.race([finished, kept.failed]);
  return kept.fields;
}

function newForm(type: string): BusboyInstance {
  const limits = {
    fileSize: MOST_FILE_BYTES,
    fieldSize: MOST_TEXT_BYTES,
    parts: MOST_PARTS,
  };
  try {
    return new (busboy())({ headers: { 'content-type': type }, limits });
  } catch (cause) {
    throw refused(400, 'a form that cannot be read', cause);
  }
}

/** What the form brings; `failed` rejects as soon as it is known that the form will be refused. */
function keptParts(form: BusboyInstance): { readonly fields: Fields; readonly failed: Promise<never> } {
  // A field may be called `__proto__`.
  const fields: Fields = Object.create(null);
  let keptBytes = 0;
  const failed = new Promise<never>((_resolve, reject) => {
    const unreadable = (cause: unknown) => reject(refused(400, 'a form that cannot be read', cause));
    const tooLarge = () => reject(refused(413, 'a form that is too large'));
    const keep = (bytes: number) => {
      keptBytes += bytes;
      if (keptBytes > MOST_KEPT_BYTES) tooLarge();
    };
    form.on('field', (name, text, _isNameCut, isCut) => {
      keep(text.length);
      if (isCut) tooLarge();
      else fields[name] = text;
    });
    form.on('file', (name, file, fileName) => {
      const pieces: Buffer[] = [];
      file.on('error', unreadable);
      file.on('data', (piece: Buffer) => {
        keep(piece.length);
        pieces.push(piece);
      });
      file.on('end', () => {
        if (pieces.length > 0) fields[name] = { name: fileName, bytes: new Uint8Array(Buffer.concat(pieces)) };
      });
    });
    form.on('partsLimit', tooLarge);
    form.on('error', unreadable);
  });
  // Raced against every time something is waited for; nobody may be waiting when it comes.
  failed.catch(() => {});
  return { fields, failed };
}

/** As Express marks what the request itself is to blame for. */
function refused(status: number, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { status });
}
