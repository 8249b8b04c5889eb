import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { BusboyInstance } from '@fastify/busboy';
import type { RequestHandler } from 'express';
import type { Upload } from '../core/upload.js';
import { badToken, isTokenOf } from './csrf.js';
import { busboy } from './packages.js';
import { isByToken } from './session.js';

/** More than any file may have that a job takes, so that the job can say so; what is over is not kept. */
const MOST_FILE_BYTES = 5.5 * 1024 * 1024;
/** Longer texts are refused. */
const MOST_TEXT_BYTES = 5 * 1024 * 1024;
/** A file, and what else the form holds. */
export const MOST_KEPT_BYTES = MOST_FILE_BYTES + 1024 * 1024;
/** So much is read, because a browser that is not listened to shows no answer either. */
export const MOST_READ_BYTES = 100 * 1024 * 1024;
/** Of a form that has not shown its token, so much text is kept, no file, and so much is read. */
const UNPROVEN = { keptBytes: 1024 * 1024, readBytes: 8 * 1024 * 1024 };
/** More fields, or files, than any form has. */
const MOST_PARTS = 1000;

/**
 * Forms with files: each field is text, or an `Upload`; a file field that was left empty is absent. Of a large file only
 * the beginning is kept; what is too large otherwise answers 413. The token, `_csrf`, comes before the first file: without
 * it no file is kept, and the form is refused with its texts in `req.body`.
 */
export const multipartBody: RequestHandler = async (req, _res, next) => {
  const type = req.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type)) return next();
  const source = unread(req);
  if (source !== null) {
    const form = newForm(type);
    const parts = new Parts(form, isByToken(req), (token) => isTokenOf(req, token));
    req.body = parts.fields;
    await readForm(source, form, parts);
  }
  next();
};

/** The body as it was sent; null when the app around us has parsed it. */
function unread(req: IncomingMessage & { body?: unknown }): Readable | null {
  if (Buffer.isBuffer(req.body)) return Readable.from([req.body]);
  return req.readableEnded ? null : req;
}

type Fields = Record<string, string | Upload>;

async function readForm(source: Readable, form: BusboyInstance, parts: Parts): Promise<void> {
  let failure: unknown = null;
  let read = 0;
  // A stream left early would take the connection with it, and the answer.
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    read += chunk.length;
    if (read > (parts.isProven ? MOST_READ_BYTES : UNPROVEN.readBytes)) throw failure ?? tooLarge();
    // What is refused is still read to its end.
    if (failure !== null) continue;
    const written = new Promise((resolve) => form.write(chunk, resolve));
    await Promise.race([written, parts.failed]).catch((error) => {
      failure = error;
    });
  }
  if (failure !== null) throw failure;
  const finished = once(form, 'finish');
  form.end();
  await Promise.race([finished, parts.failed]);
  if (parts.hasLeftOutFile) throw badToken();
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
    throw unreadable(cause);
  }
}

/** What the form brings. */
class Parts {
  // A field may be called `__proto__`.
  readonly fields: Fields = Object.create(null);
  /** Rejects as soon as it is known that the form will be refused. */
  readonly failed: Promise<never>;
  hasLeftOutFile = false;
  #keptBytes = 0;
  #fail: (error: Error) => void = () => {};

  constructor(
    form: BusboyInstance,
    /** A token was seen. */
    public isProven: boolean,
    private readonly isToken: (text: string) => boolean,
  ) {
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Raced against every time something is waited for; nobody may be waiting when it comes.
    this.failed.catch(() => {});
    form.on('field', (name, text, _isNameCut, isCut) => {
      if (name === '_csrf') this.isProven ||= this.isToken(text);
      this.#keep(text.length);
      if (isCut) this.#fail(tooLarge());
      // Here once for all: in a long text it takes a while.
      else this.fields[name] = text.replaceAll('\r\n', '\n');
    });
    form.on('file', (name, file, fileName) => this.#readFile(name, file, fileName));
    form.on('partsLimit', () => this.#fail(tooLarge()));
    form.on('error', (cause) => this.#fail(unreadable(cause)));
  }

  #readFile(name: string, file: Readable, fileName: string): void {
    const pieces: Buffer[] = [];
    const isKept = this.isProven;
    let isCut = false;
    file.on('limit', () => {
      isCut = true;
    });
    file.on('error', (cause) => this.#fail(unreadable(cause)));
    file.on('data', (piece: Buffer) => {
      if (!isKept) {
        this.hasLeftOutFile = true;
        return;
      }
      this.#keep(piece.length);
      pieces.push(piece);
    });
    file.on('end', () => {
      if (pieces.length === 0) return;
      const bytes = new Uint8Array(Buffer.concat(pieces));
      this.fields[name] = { name: fileName, bytes, ...(isCut && { isCut }) };
    });
  }

  #keep(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#keptBytes > (this.isProven ? MOST_KEPT_BYTES : UNPROVEN.keptBytes)) this.#fail(tooLarge());
  }
}

function unreadable(cause: unknown): Error {
  return refused(400, 'a form that cannot be read', cause);
}

function tooLarge(): Error {
  return refused(413, 'a form that is too large');
}

/** As Express marks what the request itself is to blame for. */
function refused(status: number, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { status });
}
