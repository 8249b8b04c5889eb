import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const MOST_COMMENT_BYTES = 65_535;

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] ?? 0) < 8;
}

/** Thrown for what is no ZIP archive, is encrypted, or unpacks to more than it may. */
export class ZipError extends Error {
  override readonly name = 'ZipError';

  constructor(
    message: string,
    readonly isTooLarge = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The files of a ZIP archive, unpacked when they are asked for: of all together no more than `maxBytes`. */
export class ZipArchive {
  readonly #bytes: Buffer;
  readonly #entries = new Map<string, number>();
  #leftBytes: number;

  constructor(bytes: Uint8Array, maxBytes: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#leftBytes = maxBytes;
    try {
      this.#readDirectory();
    } catch (cause) {
      throw cause instanceof ZipError ? cause : new ZipError('the archive is broken', false, { cause });
    }
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Null when there is none of that name. */
  text(name: string): string | null {
    const at = this.#entries.get(name);
    if (at === undefined) return null;
    try {
      const content = this.#unpacked(at);
      this.#leftBytes -= content.length;
      return content.toString('utf8').replace(/^\ufeff/, '');
    } catch (cause) {
      if (cause instanceof ZipError) throw cause;
      const isTooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      throw new ZipError(`${name} cannot be unpacked`, isTooLarge, { cause });
    }
  }

  #readDirectory(): void {
    const bytes = this.#bytes;
    let end = bytes.length - END_BYTES;
    const least = Math.max(0, end - MOST_COMMENT_BYTES);
    while (end >= least && bytes.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
    if (end < least) throw new ZipError('no directory of an archive');
    const count = bytes.readUInt16LE(end + 10);
    let at = bytes.readUInt32LE(end + 16);
    for (let i = 0; i < count && bytes.readUInt32LE(at) === DIRECTORY_ENTRY; i += 1) {
      const nameBytes = bytes.readUInt16LE(at + 28);
      this.#entries.set(bytes.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes), at);
      at += ENTRY_BYTES + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
  }

  #unpacked(at: number): Buffer {
    const bytes = this.#bytes;
    const isEncrypted = (bytes.readUInt16LE(at + 8) & 1) === 1;
    if (isEncrypted) throw new ZipError('the archive is encrypted');
    const method = bytes.readUInt16LE(at + 10);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + LOCAL_BYTES + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    if (method === 8) return inflateRawSync(packed, { maxOutputLength: Math.max(1, this.#leftBytes) });
    if (method !== 0) throw new ZipError('packed in a way not known here');
    if (packed.length > this.#leftBytes) throw new ZipError('the archive is too large', true);
    return packed;
  }
}
