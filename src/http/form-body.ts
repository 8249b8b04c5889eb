import { parse } from 'node:querystring';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Clock } from '../core/clock.js';
import { TobiishiError } from '../core/errors.js';
import { ownerOf } from '../core/fair-shares.js';
import type { Memory } from '../core/memory.js';
import { atLeastAtPace } from './body-pace.js';
import type { Limits } from './limits.js';
import { onceClosed, untilClosed } from './once-closed.js';
import { hasSessionCookie, isByToken, visitorOf } from './session.js';
import { MOST_HELD_BYTES, multipartBody, type UploadSettings } from './uploads.js';

/** What a browser sends: one text a field, or an `Upload`. A text in a field for a file is the key of one that is lost. */
export type Body = Readonly<Record<string, unknown>>;

export interface FormSettings extends UploadSettings {
  readonly limits: Limits;
  readonly clock: Clock;
  /** For those that are being read or worked on. */
  readonly memory: Memory;
}

const MEGABYTE = 1_000_000;
/** Shorter ones are read at once. */
const SMALL_BYTES = 64 * 1024;
/** The answer that there is none must come in time, too. */
const MEMORY_WITHIN_MS = 4000;
/** As a text; larger ones answer 413. */
const MOST_TEXT_BYTES = 1024 * 1024;
/** Likewise. */
export const MOST_FIELDS = 1000;

/** What the app around us has read is taken from where it has put it: as fields, or as it came. */
const readBefore: RequestHandler = (req, _res, next) => {
  if (!req.readableEnded) return next();
  const isText = Buffer.isBuffer(req.body) || typeof req.body === 'string';
  if (isText && req.is('urlencoded')) req.body = { ...parse(String(req.body)) };
  if (typeof req.body === 'object' && req.body !== null) return next();
  throw new TobiishiError('bad-request', 'the body has been read before, and is not in req.body');
};

/** Reads a form into `req.body`, of as many at once as there is room for, and none that comes too slowly. */
export function formBody({ limits, clock, memory, ...files }: FormSettings): RequestHandler {
  const { turns } = files;
  const readers = [
    readBefore,
    express.urlencoded({ extended: false, limit: MOST_TEXT_BYTES, parameterLimit: MOST_FIELDS }),
    multipartBody(files),
  ];
  return async (req, res, next) => {
    const isMultipart = Boolean(req.is('multipart/form-data'));
    const bytes = bytesOf(req, isMultipart ? files.maxFileBytes : MOST_TEXT_BYTES);
    if (isMultipart) await admitUpload(req, limits, bytes);
    const most = Math.min(isMultipart ? MOST_HELD_BYTES : MOST_TEXT_BYTES, memory.mostBytes);
    const isLarge = bytes > SMALL_BYTES;
    const leave = isLarge ? turns.join() : () => {};
    try {
      if (isLarge) await holdUntilAnswered(req, res, memory, Math.min(bytes, most));
      await readWhole(req, res, clock, readers);
    } catch (error) {
      // Of many that are refused in one moment.
      if (isLarge) await turns.take(async () => {});
      throw error;
    } finally {
      leave();
    }
    // A request without a body has none, either.
    req.body = plainTexts(req.body ?? {});
    next();
  };
}

/** With the line ends of the platform. Null characters go: PostgreSQL cannot hold them. */
function plainTexts(body: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(body))
    plain[name] = Array.isArray(value) ? value.map(plainText) : plainText(value);
  return plain;
}

function plainText<T>(value: T): T | string {
  if (typeof value !== 'string' || !/[\r\0]/.test(value)) return value;
  // Character by character, and as bytes: a million replacements in a text take a second.
  const bytes = Buffer.from(value);
  let end = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === 0 || (byte === 13 && bytes[i + 1] === 10)) continue;
    bytes[end] = byte;
    end += 1;
  }
  return bytes.toString('utf8', 0, end);
}

/** What was read stays until the answer is there, or nobody waits for it any more. */
async function holdUntilAnswered(req: Request, res: Response, memory: Memory, bytes: number): Promise<void> {
  const network = res.locals.tobiishi.instance.networkId(req.ip);
  const held = memory.open(ownerOf({ visitorId: visitorOf(req) ?? '', network }), MEMORY_WITHIN_MS);
  const gone = untilClosed(res);
  onceClosed(res, () => held.release());
  await held.hold(bytes, gone);
}

/** What the form says that it has; `most` when it does not say. */
function bytesOf(req: Request, most: number): number {
  return Number(req.get('Content-Length') ?? most);
}

/** Whoever has no session may send no files, and the megabytes that the form says it has count. */
async function admitUpload(req: Request, limits: Limits, bytes: number): Promise<void> {
  // What answers in its place finds a form with nothing in it.
  req.body ??= {};
  if (!hasSessionCookie(req) && !isByToken(req))
    throw new TobiishiError('cookies-off', 'files were sent without the session cookie');
  await limits.take(req, 'uploads', Math.max(1, Math.ceil(bytes / MEGABYTE)));
}

async function readWhole(req: Request, res: Response, clock: Clock, readers: readonly RequestHandler[]): Promise<void> {
  try {
    await atLeastAtPace(req, clock, read(readers, req, res));
  } catch (error) {
    // What still comes would be taken for the next request.
    if (!req.complete) res.setHeader('Connection', 'close');
    throw error;
  }
}

async function read(readers: readonly RequestHandler[], req: Request, res: Response): Promise<void> {
  for (const reader of readers) {
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: unknown) => (error ? reject(error) : resolve());
      Promise.resolve(reader(req, res, settle)).catch(reject);
    });
  }
}
