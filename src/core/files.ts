/** What a step returns as a file. Larger ones come in pieces, so that nobody holds them whole. */
export interface OutcomeFile {
  /** May have folders, such as `thumbnails/1.png`. */
  readonly name: string;
  /** A media type. Default: `application/octet-stream`. */
  readonly type?: string;
  readonly content: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** The place of a file in its run: the step that returned it, in which attempt, and which of its files it is, from 1. */
export interface FileKey {
  readonly runId: string;
  readonly position: number;
  readonly attempt: number;
  readonly number: number;
}

/** A file as it is kept. */
export interface RunFile extends FileKey {
  readonly name: string;
  readonly type: string;
  /** In bytes. */
  readonly size: number;
}

/** What is written before it is known how long it is. */
export interface NewFile extends FileKey, Pick<RunFile, 'name' | 'type'> {}

/** So long is a piece of a file, but for the last one. */
export const PIECE_BYTES = 64 * 1024;

/**
 * Files of runs, in pieces. They are written before their step is recorded: only those of the attempt that was recorded are there
 * for readers, so that a step that is executed twice leaves no file twice. They go with their run.
 */
export interface FileStore {
  /** In place of what is kept under the key. `pieces` are of `PIECE_BYTES`. Answers the size. */
  write(file: NewFile, pieces: AsyncIterable<Uint8Array>): Promise<number>;
  /** Of steps recorded as done, in the order of position and number, after the place of another one. */
  list(runId: string, after: Pick<FileKey, 'position' | 'number'> | null, limit: number): Promise<RunFile[]>;
  /** Likewise, one of them. */
  find(runId: string, position: number, number: number): Promise<RunFile | null>;
  read(file: FileKey): AsyncIterable<Uint8Array>;
}

/** `content` in pieces of `PIECE_BYTES`. Throws what `tooLarge` answers as soon as there are more than `most` bytes. */
export async function* piecesOf(
  content: OutcomeFile['content'],
  most = Infinity,
  tooLarge = () => new Error('too large'),
): AsyncGenerator<Uint8Array> {
  const chunks =
    typeof content === 'string' ? [Buffer.from(content)] : content instanceof Uint8Array ? [content] : content;
  let total = 0;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > most) throw tooLarge();
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (; rest.length - from >= PIECE_BYTES; from += PIECE_BYTES) yield rest.subarray(from, from + PIECE_BYTES);
    rest = rest.subarray(from);
  }
  if (rest.length > 0) yield rest;
}

const MOST_NAME = 200;

/** A name without folders that file systems take, and that hides nothing; empty when nothing is left of it. */
export function safeName(name: string): string {
  return name
    .replace(/[\p{C}<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
}

/** Likewise, with its folders: it leads nowhere else when it is unpacked. */
export function safeFileName(name: string): string {
  const parts = name.split('/').map(safeName);
  return (
    parts
      .filter((part) => part !== '')
      .join('/')
      .slice(-MOST_NAME) || 'file'
  );
}

/** The media type as it is sent; what is none is just bytes. */
export function safeFileType(type = ''): string {
  return /^[\w.+-]+\/[\w.+-]+(;\s*charset=[\w-]+)?$/.test(type) ? type : 'application/octet-stream';
}
