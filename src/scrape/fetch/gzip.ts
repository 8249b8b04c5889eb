import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { Body } from './body.js';

type Bytes = AsyncIterable<Uint8Array>;

/** https://www.rfc-editor.org/rfc/rfc1952: flags of the header. */
const CHECKSUM = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;

/** A large file in the smallest usual blocks has fewer. Each takes memory and time, however little is in it. */
const MOST_MEMBERS = 2000;
/** What stands before the data names a file, at most. */
const LONGEST_TEXT = 64 * 1024;

/** The code of the error for a checksum that does not fit: all data has been given before it. */
export const WRONG_TRAILER = 'Z_WRONG_TRAILER';

/**
 * What comes out of a decoder of Node's when the source is put into it. Unlike the decoder itself it gives all that was
 * decoded before it throws an error.
 */
export function through(source: Bytes, decoder: Duplex): Bytes {
  const decoded = new Body({ pause: () => void decoder.pause(), resume: () => void decoder.resume() });
  decoder.on('data', (chunk: Uint8Array) => decoded.push(chunk));
  decoder.on('end', () => decoded.end());
  decoder.on('error', (error) => decoded.fail(error));
  pipeline(source, decoder).catch((error: unknown) => decoded.fail(error));
  return untilDone(decoded, decoder);
}

async function* untilDone(decoded: Body, decoder: Duplex): Bytes {
  try {
    yield* decoded;
  } finally {
    decoder.destroy();
  }
}

/** Undoes gzip. What follows its members and is none is passed over, as by browsers; zlib would fail. */
export async function* gunzipped(source: Bytes): Bytes {
  const input = new Input(source);
  try {
    let members = 0;
    do {
      members += 1;
      if (members > MOST_MEMBERS) throw failure('Z_DATA_ERROR', `more than ${MOST_MEMBERS} members`);
      await skipHeader(input);
      let sum = 0;
      for await (const chunk of inflated(input)) {
        sum = crc32(chunk, sum);
        yield chunk;
      }
      const stated = (await input.take(8)).readUInt32LE(0);
      if (sum !== stated) throw failure(WRONG_TRAILER, 'incorrect data check');
    } while (isMember(await input.peek(2)));
  } finally {
    input.close();
  }
}

function isMember(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function skipHeader(input: Input): Promise<void> {
  if (!isMember(await input.peek(2))) throw failure('Z_DATA_ERROR', 'incorrect header check');
  const flags = (await input.take(10))[3] ?? 0;
  if (flags & EXTRA) await input.take((await input.take(2)).readUInt16LE(0));
  for (const text of [NAME, COMMENT]) if (flags & text) await input.skipText();
  if (flags & CHECKSUM) await input.take(2);
}

/** Leaves in the input what comes after the end of the data. */
async function* inflated(input: Input): Bytes {
  // One chunk at a time, so that none is read beyond the end.
  const inflate = createInflateRaw({ writableHighWaterMark: 1 } as object);
  let given = 0;
  let last: Uint8Array = new Uint8Array();
  const feed = async function* () {
    while (inflate.bytesWritten === given) {
      const next = await input.next();
      if (next === null) return;
      last = next;
      given += next.length;
      yield next;
    }
  };
  yield* through(feed(), inflate);
  input.giveBack(last.subarray(last.length - (given - inflate.bytesWritten)));
}

/** Bytes that come in chunks, to be taken by number. */
class Input {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Null at the end. */
  async next(): Promise<Uint8Array | null> {
    const rest = this.#rest;
    this.#rest = new Uint8Array();
    if (rest.length > 0) return rest;
    const next = await this.#source.next();
    return next.done ? null : next.value;
  }

  giveBack(bytes: Uint8Array): void {
    this.#rest = bytes;
  }

  /** Fewer when there are no more. */
  async peek(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const next = await this.#source.next();
      if (next.done) break;
      this.#rest = Buffer.concat([this.#rest, next.value]);
    }
    return Buffer.from(this.#rest.subarray(0, count));
  }

  async take(count: number): Promise<Buffer> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw failure('Z_BUF_ERROR', 'unexpected end of file');
    this.#rest = this.#rest.subarray(count);
    return bytes;
  }

  /** Until behind the next null byte. */
  async skipText(): Promise<void> {
    for (let length = 0; length <= LONGEST_TEXT; ) {
      const bytes = await this.next();
      if (bytes === null) throw failure('Z_BUF_ERROR', 'unexpected end of file');
      const end = bytes.indexOf(0);
      if (end >= 0) return this.giveBack(bytes.subarray(end + 1));
      length += bytes.length;
    }
    throw failure('Z_DATA_ERROR', 'incorrect header check');
  }

  /** Not waited for: more may be on its way that nobody needs. */
  close(): void {
    this.#source.return?.().catch(() => {});
  }
}

/** As zlib's own. */
function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
