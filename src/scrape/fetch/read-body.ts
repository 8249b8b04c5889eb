import { StepError, type StepMemory } from '../../index.js';
import type { Response } from './connection.js';
import { UnreadableAnswer } from './connection.js';
import { decompress, isDecompressionError, isTruncation } from './decompress.js';
import { networkFailure, tooLarge } from './failures.js';

export interface BodyOptions {
  /** Decompressed. */
  readonly maxBytes: number;
  /** Keeps what fits in `maxBytes` instead of failing. */
  readonly keepsStart: boolean;
  /** Takes a body that broke off on its way as far as it came instead of failing. */
  readonly takesCut: boolean;
  readonly memory?: StepMemory | undefined;
}

export interface ReadBody {
  /** Decompressed. */
  readonly bytes: Buffer;
  /** As they came. */
  readonly receivedBytes: number;
  /** It broke off, and nobody knows what would have followed. */
  readonly isCut: boolean;
}

/** Where the body is counted, and where its end too early is noted: decoders must first give what they have. */
interface Source {
  receivedBytes: number;
  error: unknown;
}

/**
 * Reads a body to its end. One that is cut although the connection brought all of it is taken as far as it goes, because
 * asking again brings the same. Throws `StepError` `too-large`, `bad-compression` or `answer-cut`.
 */
export async function readBody(response: Response, options: BodyOptions): Promise<ReadBody> {
  const source: Source = { receivedBytes: 0, error: null };
  const codings = response.fields.list('content-encoding');
  const room = new Room(response, options);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let isCut = false;
  try {
    for await (const chunk of decompress(noted(response.body, source, room.maxBytes), codings)) {
      const left = room.maxBytes - size;
      size += chunk.length;
      if (chunk.length > left) {
        if (!options.keepsStart) throw tooLarge(room.maxBytes);
        chunks.push(chunk.subarray(0, left));
        break;
      }
      if (size > room.heldBytes) await room.widen();
      chunks.push(chunk);
    }
  } catch (error) {
    if (!isDecompressionError(error)) throw error;
    if (source.error === null && !(isTruncation(error) && size > 0)) throw badCompression(error, codings);
    isCut = true;
  }
  const { receivedBytes } = source;
  if (source.error !== null) {
    if (!isCutOff(source.error)) throw source.error;
    if (!options.takesCut || size === 0) throw answerCut(source.error, response, receivedBytes);
    isCut = true;
  }
  const bytes = Buffer.concat(chunks);
  await room.narrow(bytes.length);
  return { bytes, receivedBytes, isCut };
}

/** Its cause is what the step is to be ended with: no failure of the host's. */
export class NoMemory extends Error {
  override readonly name = 'NoMemory';
}

/** So much of every body is held without asking: most are no longer. */
const SMALL_BYTES = 256 * 1024;
/** Of a body whose length nobody has said, at first. */
const LIKELY_BYTES = 10 * 1024 * 1024;
/** How many times longer text becomes when it is decompressed, as a rule. */
const LIKELY_RATIO = 10;

/**
 * Memory for one body. What it will need is asked for at once, before more than a little is held: bodies that each held a part
 * and waited for the rest would wait for each other.
 */
class Room {
  heldBytes = SMALL_BYTES;
  readonly maxBytes: number;

  constructor(
    private readonly response: Response,
    private readonly options: BodyOptions,
  ) {
    this.maxBytes = Math.min(options.maxBytes, options.memory?.mostBytes ?? Infinity);
  }

  async widen(): Promise<void> {
    const bytes = this.heldBytes === SMALL_BYTES ? Math.min(this.maxBytes, this.#likelyBytes) : this.maxBytes;
    await this.options.memory?.hold(bytes).catch((cause: unknown) => {
      throw new NoMemory('no memory for the answer', { cause });
    });
    this.heldBytes = bytes;
  }

  /** To what is left at the end. */
  async narrow(bytes: number): Promise<void> {
    if (this.heldBytes > SMALL_BYTES) await this.options.memory?.hold(bytes);
  }

  get #likelyBytes(): number {
    const { fields } = this.response;
    const stated = Number(fields.first('content-length') || Number.NaN);
    const likely = fields.list('content-encoding').length === 0 ? stated : stated * LIKELY_RATIO;
    return likely > SMALL_BYTES ? likely : LIKELY_BYTES;
  }
}

/** `maxBytes`: of which nothing may be left when it is decompressed. */
async function* noted(body: AsyncIterable<Uint8Array>, source: Source, maxBytes: number): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of body) {
      source.receivedBytes += chunk.length;
      if (source.receivedBytes > 2 * maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    source.error = error;
  }
}

/** Whether the rest of a body was lost, and not given up by ourselves. */
function isCutOff(error: unknown): boolean {
  if (error instanceof UnreadableAnswer) return false;
  const { code } = networkFailure(error).failure;
  return code === 'connection-lost' || code === 'answer-stalled' || code === 'not-http';
}

function answerCut(cause: unknown, { fields }: Response, received: number): StepError {
  const failure = networkFailure(cause);
  // It stalled, or is no body at all: that says more than a number of bytes.
  if (failure.failure.code !== 'connection-lost') return failure;
  const stated = fields.first('content-length') || '?';
  const message = `the answer broke off after ${received} of ${stated} bytes`;
  return new StepError('answer-cut', message, { params: { received, stated }, cause });
}

function badCompression(error: Error, codings: readonly string[]): StepError {
  const coding = codings.join(', ') || 'gzip';
  const message = `the answer cannot be decompressed (${coding}): ${error.message}`;
  return new StepError('bad-compression', message, {
    params: { coding, reason: error.message },
    cause: error,
    retry: false,
  });
}
