import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { StepError } from '../../index.js';
import { gunzipped, through, WRONG_TRAILER } from './gzip.js';

type Bytes = AsyncIterable<Uint8Array>;

/** Node has it from 22.15 on. */
const createZstdDecompress = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;

/** `first`: some bytes of the source, which still come in it. */
type Decode = (source: Bytes, first: Uint8Array) => Bytes;

/** By so many the first bytes tell gzip from others. */
const SIGNATURE_BYTES = 3;

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: gunzipped,
  'x-gzip': gunzipped,
  br: (source) => through(source, zlib.createBrotliDecompress()),
  // Means zlib's format, but some servers send the bare stream.
  deflate: (source, [first = 0]) =>
    through(source, (first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()),
  ...(createZstdDecompress && { zstd: (source: Bytes) => through(source, createZstdDecompress()) }),
};

export const ACCEPT_ENCODING = ['gzip', 'deflate', 'br', ...(createZstdDecompress ? ['zstd'] : [])].join(', ');

/** Nobody compresses thrice; a long list only makes a bomb of a small header. */
const MOST_CODINGS = 3;

/**
 * Undoes `Content-Encoding`, as it streams. A list with a coding that nobody knows is left alone, as browsers do
 * (https://fetch.spec.whatwg.org/#handle-content-codings); so what it stands for is judged by its first bytes, and gzip
 * that nobody declared is undone, too. Throws `StepError` `unknown-coding` for a list that only a bomb has.
 */
export function decompress(source: Bytes, contentCodings: readonly string[]): Bytes {
  const codings = contentCodings.map((coding) => coding.toLowerCase());
  if (codings.length > MOST_CODINGS) throw tooManyCodings(contentCodings.join(', '));
  const decoders = codings.map((coding) => (Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined));
  const declared = decoders.every((decode) => decode !== undefined) ? decoders : [];
  const plain = declared.reduceRight((stream, decode) => decoded(stream, decode), source);
  return decoded(plain, gunzippedIfGzip);
}

/** Deflate is the only method that gzip has ever had: its third byte is always the same. */
const gunzippedIfGzip: Decode = (source, first) => {
  const isGzip = first[0] === 0x1f && first[1] === 0x8b && first[2] === 8;
  return isGzip ? gunzipped(source) : source;
};

function tooManyCodings(coding: string): StepError {
  const message = `the answer is compressed in a way not known here: ${coding}`;
  return new StepError('unknown-coding', message, { params: { coding }, retry: false });
}

/** The data ends before it should; what there is has been given. */
export function isTruncation(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return (
    code === 'Z_BUF_ERROR' || code === WRONG_TRAILER || (isDecompressionError(error) && /unexpected end/i.test(message))
  );
}

/** Whether an error came out of one of the decoders, and not from the source. */
export function isDecompressionError(error: unknown): error is NodeJS.ErrnoException {
  const code = String((error as NodeJS.ErrnoException | null)?.code);
  return /^(Z_|ZSTD_|ERR_ZSTD|ERR_BROTLI|ERR__)/.test(code);
}

/** An empty body stays empty, whatever it is said to be compressed with. */
async function* decoded(source: Bytes, decode: Decode): Bytes {
  const reader = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  for (let length = 0; length < SIGNATURE_BYTES; ) {
    const next = await reader.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  const start = first.length === 1 ? (first[0] as Uint8Array) : Buffer.concat(first);
  if (start.length > 0) yield* decode(resumed(start, reader), start);
}

async function* resumed(first: Uint8Array, reader: AsyncIterator<Uint8Array>): Bytes {
  try {
    yield first;
    for (let next = await reader.next(); !next.done; next = await reader.next()) yield next.value;
  } finally {
    await reader.return?.();
  }
}
