import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { BusboyInstance } from '@fastify/busboy';
import type { RequestHandler } from 'express';
import { TobiishiError } from '../core/errors.js';
import { FairShares, ownerOf } from '../core/fair-shares.js';
import type { Disk } from '../core/quotas.js';
import type { RestingTurns } from '../core/resting-turns.js';
import { MOST_UPLOADS, type Upload, type UploadStore, uploadOf } from '../core/upload.js';
import { badToken, isTokenOf } from './csrf.js';
import { busboy } from './packages.js';
import { ensureVisitor, isByToken } from './session.js';

/** Longer texts are refused: to look through them would hold up others. */
const MOST_TEXT_BYTES = 3 * 1024 * 1024;
/** All texts of a form, and what is on its way from its files to the store. */
export const MOST_HELD_BYTES = MOST_TEXT_BYTES + 1024 * 1024;
/** Of a form that has not shown its token, so much text is kept, no file, and so much is read. */
const UNPROVEN = { keptBytes: 1024 * 1024, readBytes: 8 * 1024 * 1024 };
/** So much more than its files may have is read of a form, because a browser that is not listened to shows no answer either. */
const READ_ON_BYTES = 100 * 1024 * 1024;
/** Of files that no run has, those of so many large forms are kept for a while: of one network, and in all. Likewise while they come. */
const FORMS_OF_NETWORK = 10;
const FORMS_OF_ALL = 50;
/** So much of a form is read at once: most are no longer. */
const BEGINNING_BYTES = 64 * 1024;
/** More fields, or files, than any form has. */
const MOST_PARTS = 1000;

/** What a form had too much of; in the `formLimit` of an error. */
export interface FormLimit {
  readonly of: 'files' | 'fields' | 'megabytes';
  readonly max: number;
}

export function megabytes(bytes: number): FormLimit {
  return { of: 'megabytes', max: Math.floor(bytes / 1_000_000) };
}

export interface UploadSettings {
  /** Where files go while they come. */
  readonly uploads: UploadStore;
  /** All files of a form together. */
  readonly maxFileBytes: number;
  /** On which they go; null where there is none that could be full. */
  readonly disk: Disk | null;
  /** In which all but the beginning of a form is read. */
  readonly turns: RestingTurns;
}

/**
 * Forms with files: each field is text, or an `Upload`, or a list of them; a file field that was left empty is absent. Of a file
 * that is too large only the beginning is kept, marked as such; what is too large otherwise, or has more
 * than `MOST_UPLOADS` files, answers 413. The token, `_csrf`, comes before the first file: without it no file is kept, and the
 * form is refused with its texts in `req.body`.
 */
export function multipartBody(settings: UploadSettings): RequestHandler {
  const underWay = new FairShares(FORMS_OF_ALL * settings.maxFileBytes);
  return async (req, res, next) => {
    const type = req.headers['content-type'] ?? '';
    if (!/^multipart\/form-data\s*;/i.test(type)) return next();
    const source = unread(req);
    if (source !== null) {
      const form = newForm(type, settings.maxFileBytes);
      const parts = new Parts(form, {
        isProven: isByToken(req),
        isToken: (token) => isTokenOf(req, token),
        keep: async (name, mediaType, file) => {
          // Small ones could follow each other for long without waiting for anything.
          await setImmediate();
          const network = res.locals.tobiishi.instance.networkId(req.ip);
          await makeRoom(settings, network);
          const owner = { visitorId: ensureVisitor(req), network };
          const kept = await settings.uploads.write(owner, { name, type: mediaType }, file);
          return uploadOf(kept, settings.uploads);
        },
      });
      req.body = parts.fields;
      const owner = ownerOf({ visitorId: '', network: res.locals.tobiishi.instance.networkId(req.ip) });
      let held = 0;
      const hold = (bytes: number) => {
        if (underWay.room([owner]) < bytes) return false;
        held += underWay.take([owner], bytes);
        return true;
      };
      try {
        await readForm(source, form, parts, { most: settings.maxFileBytes, hold, turns: settings.turns });
      } catch (error) {
        await parts.abandon(error);
        throw error;
      } finally {
        underWay.give([owner], held);
      }
    }
    next();
  };
}

/** Throws `storage-full` when there is no place for another file. */
async function makeRoom({ uploads, maxFileBytes, disk }: UploadSettings, network: string | null): Promise<void> {
  const room = { networkBytes: FORMS_OF_NETWORK * maxFileBytes, allBytes: FORMS_OF_ALL * maxFileBytes };
  if ((await disk?.isLow()) || !(await uploads.makeRoom(network, room))) throw noPlace();
}

function noPlace(): TobiishiError {
  return new TobiishiError('storage-full', 'there is no place for the files of forms');
}

/** The body as it was sent; null when the app around us has parsed it. */
function unread(req: IncomingMessage & { body?: unknown }): Readable | null {
  if (Buffer.isBuffer(req.body)) return Readable.from([req.body]);
  return req.readableEnded ? null : req;
}

type Fields = Record<string, string | Upload | Upload[]>;

interface FormLimits {
  readonly most: number;
  /** Whether there is place for so many bytes more. */
  readonly hold: (bytes: number) => boolean;
  readonly turns: RestingTurns;
}

async function readForm(
  source: Readable,
  form: BusboyInstance,
  parts: Parts,
  { most, hold, turns }: FormLimits,
): Promise<void> {
  let failure: unknown = null;
  let read = 0;
  // A stream left early would take the connection with it, and the answer.
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    read += chunk.length;
    const [allowed, readOn] = parts.isProven ? [most, READ_ON_BYTES] : [UNPROVEN.readBytes, 0];
    if (read > allowed + readOn) throw failure ?? tooLarge(megabytes(allowed));
    // What is refused is still read to its end.
    if (failure !== null) continue;
    if (!hold(chunk.length)) {
      failure = noPlace();
      continue;
    }
    // What it waits for, the store, is no part of a turn.
    if (read > BEGINNING_BYTES) await turns.take(async () => {});
    const written = new Promise((resolve) => form.write(chunk, resolve));
    await Promise.race([written, parts.failed]).catch((error) => {
      failure = error;
    });
  }
  if (failure !== null) throw failure;
  const finished = once(form, 'finish');
  form.end();
  await Promise.race([finished, parts.failed]);
  await Promise.race([parts.kept(), parts.failed]);
  if (parts.hasLeftOutFile) throw badToken();
}

function newForm(type: string, fileSize: number): BusboyInstance {
  const limits = {
    fileSize,
    fieldSize: MOST_TEXT_BYTES,
    parts: MOST_PARTS,
  };
  try {
    return new (busboy())({ headers: { 'content-type': type }, limits });
  } catch (cause) {
    throw unreadable(cause);
  }
}

interface PartsSettings {
  /** Whether no token is needed. */
  readonly isProven: boolean;
  readonly isToken: (text: string) => boolean;
  readonly keep: (name: string, type: string, file: Readable) => Promise<Upload>;
}

/** What the form brings. */
class Parts {
  // A field may be called `__proto__`.
  readonly fields: Fields = Object.create(null);
  /** Rejects as soon as it is known that the form will be refused. */
  readonly failed: Promise<never>;
  /** A token was seen. */
  isProven: boolean;
  hasLeftOutFile = false;
  readonly #files: Readable[] = [];
  readonly #keeping: Promise<void>[] = [];
  #textBytes = 0;
  #fail: (error: unknown) => void = () => {};

  constructor(
    form: BusboyInstance,
    private readonly settings: PartsSettings,
  ) {
    this.isProven = settings.isProven;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Raced against every time something is waited for; nobody may be waiting when it comes.
    this.failed.catch(() => {});
    form.on('field', (name, text, _isNameCut, isCut) => {
      if (name === '_csrf') this.isProven ||= settings.isToken(text);
      this.#textBytes += text.length;
      const most = this.isProven ? MOST_HELD_BYTES : UNPROVEN.keptBytes;
      if (isCut || this.#textBytes > most) this.#fail(tooLarge(megabytes(Math.min(most, MOST_TEXT_BYTES))));
      else this.fields[name] = text;
    });
    form.on('file', (name, file, fileName, _encoding, type) => this.#readFile(name, file, fileName, type));
    form.on('partsLimit', () => this.#fail(tooLarge({ of: 'fields', max: MOST_PARTS })));
    form.on('error', (cause) => this.#fail(unreadable(cause)));
  }

  /** No more comes of the files that are not whole. */
  async abandon(reason: unknown): Promise<void> {
    for (const file of this.#files) if (!file.readableEnded) file.destroy(reason as Error);
    await Promise.allSettled(this.#keeping);
  }

  /** Resolves when all files are in the store. */
  async kept(): Promise<void> {
    await Promise.all(this.#keeping);
  }

  #readFile(field: string, file: Readable, name: string, type: string): void {
    file.on('error', (cause) => this.#fail(unreadable(cause)));
    // An empty field for a file comes as a file without a name.
    if (name === undefined || name === '') return void file.resume();
    if (!this.isProven) {
      this.hasLeftOutFile = true;
      return void file.resume();
    }
    if (this.#keeping.length >= MOST_UPLOADS) {
      this.#fail(tooLarge({ of: 'files', max: MOST_UPLOADS }));
      return void file.resume();
    }
    this.#files.push(file);
    let isCut = false;
    file.once('limit', () => {
      isCut = true;
    });
    const kept = this.settings.keep(name, type, file).then((upload) => {
      if (upload.size > 0) this.#add(field, isCut ? { ...upload, isCut } : upload);
    });
    kept.catch((error) => this.#fail(error));
    this.#keeping.push(kept);
  }

  #add(field: string, upload: Upload): void {
    const before = this.fields[field];
    if (before === undefined || typeof before === 'string') this.fields[field] = upload;
    else this.fields[field] = [before, upload].flat();
  }
}

function unreadable(cause: unknown): Error {
  return refused(400, 'a form that cannot be read', cause);
}

/** Says of what there may be so many. */
function tooLarge(formLimit: FormLimit): Error {
  return Object.assign(refused(413, `a form of more than ${formLimit.max} ${formLimit.of}`), { formLimit });
}

/** As Express marks what the request itself is to blame for. */
function refused(status: number, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { status });
}
