import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { StepError } from '../../index.js';
import { gunzipped } from './gzip.js';

type Bytes = AsyncIterable<Uint8Array>;

/** Node has it from 22.15 on. */
const createZstdDecompress = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;

/** By the first byte of what is to be decoded. */
type Decode = (source: Bytes, first: number) => Bytes;

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: gunzipped,
  'x-gzip': gunzipped,
  br: (source) => through(source, zlib.createBrotliDecompress()),
  // Means zlib's format, but some servers send the bare stream.
  deflate: (source, first) => through(source, (first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()),
  ...(createZstdDecompress && { zstd: (source: Bytes) => through(source, createZstdDecompress()) }),
};

export const ACCEPT_ENCODING = ['gzip', 'deflate', 'br', ...(createZstdDecompress ? ['zstd'] : [])].join(', ');

/** Nobody compresses thrice; a long list only makes a bomb of a small header. */
const MOST_CODINGS = 3;

/** Undoes a `Content-Encoding`, as it streams. Throws `StepError` `unknown-coding` before anything is read. */
export function decompress(source: Bytes, contentEncoding: string): Bytes {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  return codings.reduceRight((stream, coding) => {
    const decode = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
    if (decode && codings.length <= MOST_CODINGS) return decoded(stream, decode);
    throw new StepError('unknown-coding', `the answer is compressed in a way not known here: ${contentEncoding}`, {
      params: { coding: contentEncoding },
      retry: false,
    });
  }, source);
}

/** Whether an error came out of one of the decoders, and not from the source. */
export function isDecompressionError(error: unknown): error is NodeJS.ErrnoException {
  const code = String((error as NodeJS.ErrnoException | null)?.code);
  return /^(Z_|ZSTD_|ERR_ZSTD|ERR_BROTLI|ERR__)/.test(code);
}

/** An empty body stays empty, whatever it is said to be compressed with. */
async function* decoded(source: Bytes, decode: Decode): Bytes {
  const reader = source[Symbol.asyncIterator]();
  const first = await reader.next();
  if (first.done) return;
  yield* decode(resumed(first.value, reader), first.value[0] ?? 0);
}

async function* through(source: Bytes, decoder: Transform): Bytes {
  // What fails here also ends the decoder, and is thrown where it is read.
  pipeline(source, decoder).catch(() => {});
  yield* decoder;
}

async function* resumed(first: Uint8Array, reader: AsyncIterator<Uint8Array>): Bytes {
  try {
    yield first;
    for (let next = await reader.next(); !next.done; next = await reader.next()) yield next.value;
  } finally {
    await reader.return?.();
  }
}
