import { createHash } from 'node:crypto';

/** A file that came with a form. The run that is started with it keeps it, in pieces. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  /** A media type, as the browser said it. */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of its bytes, base64url. */
  readonly hash: string;
  stream(): AsyncIterable<Uint8Array>;
  /** All of it, for those who know that it is small. */
  bytes(): Promise<Uint8Array>;
  /** Only the beginning was kept: the file is larger than any form takes. No run starts with it. */
  readonly isCut?: boolean;
}

export function isUpload(value: unknown): value is Upload {
  return typeof value === 'object' && value !== null && 'stream' in value && typeof value.stream === 'function';
}

/** What is kept of a file besides its bytes. */
export interface KeptUpload extends Pick<Upload, 'id' | 'name' | 'type' | 'size' | 'hash'> {}

/** As it stands in a run's input, which is JSON. */
export interface UploadRef extends Omit<KeptUpload, 'id'> {
  readonly upload: string;
}

export function isUploadRef(value: unknown): value is UploadRef {
  return typeof value === 'object' && value !== null && 'upload' in value && typeof value.upload === 'string';
}

export function refOf({ id, name, type, size, hash }: KeptUpload): UploadRef {
  return { upload: id, name, type, size, hash };
}

/** The files in a field, which has none, one or several. */
export function uploadsOf(value: unknown): Upload[] {
  return [value].flat().filter(isUpload);
}

/** Those in all fields of an input. */
export function uploadsIn(input: Readonly<Record<string, unknown>>): Upload[] {
  return Object.values(input).flatMap(uploadsOf);
}

/**
 * Files that came with forms. One is the visitor's own, for an hour, so that a form that comes back need not be given it again;
 * the runs that are started with it keep it for as long as they are there.
 */
export interface UploadStore {
  write(
    owner: UploadOwner,
    file: Pick<Upload, 'name' | 'type'>,
    content: AsyncIterable<Uint8Array>,
  ): Promise<KeptUpload>;
  /**
   * Before more is written: of the network's files that no run has, the oldest go until the others have no more than
   * `networkBytes`, but for those of the last minute. False when such files of everybody still have more than `allBytes`.
   */
  makeRoom(network: string | null, room: UploadRoom): Promise<boolean>;
  /** Null also for one of somebody else. */
  find(visitorId: string, id: string): Promise<KeptUpload | null>;
  read(id: string): AsyncIterable<Uint8Array>;
  /** The visitor's, whose runs are gone already. */
  removeAll(visitorId: string): Promise<void>;
}

export interface UploadOwner {
  readonly visitorId: string;
  /** Opaque, as with runs; null where nobody knows. */
  readonly network: string | null;
}

/** How many bytes the files may have that no run has. */
export interface UploadRoom {
  readonly networkBytes: number;
  readonly allBytes: number;
}

/** A run may be starting with one that came just now. */
export const NEW_UPLOAD_MS = 60_000;

/** How long a file is there for the next time that its form is sent. */
export const UPLOAD_KEPT_MS = 60 * 60_000;
/** So many of one visitor's, the newest, are kept without a run; no form may have more. */
export const MOST_UPLOADS = 100;

/** A kept file, to be read. */
export function uploadOf(kept: KeptUpload, store: Pick<UploadStore, 'read'>): Upload {
  const stream = () => store.read(kept.id);
  return { ...kept, stream, bytes: () => allOf(stream()) };
}

/** A file that is in memory as a whole, for tests and the command line. */
export function uploadFrom(name: string, content: Uint8Array | string, type = 'application/octet-stream'): Upload {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const hash = createHash('sha256').update(bytes).digest('base64url');
  async function* stream() {
    yield bytes;
  }
  return { id: hash, name, type, size: bytes.length, hash, stream, bytes: async () => bytes };
}

async function allOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return new Uint8Array(Buffer.concat(all));
}
