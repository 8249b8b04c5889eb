/** A file that came with a form. It is there for planning only: what a run keeps of its input has no files. */
export interface Upload {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Only the beginning is here: the file is larger than any form takes. No run starts with it. */
  readonly isCut?: boolean;
}

export function isUpload(value: unknown): value is Upload {
  return typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof Uint8Array;
}
