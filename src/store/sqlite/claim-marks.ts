import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { makePrivateFile } from './private-file.js';

/** A claim, and the step that was handed out under it. */
export interface ClaimMark {
  readonly runId: string;
  readonly epoch: number;
  readonly leaseUntil: number | null;
  readonly position: number;
  readonly attempts: number;
}

/** None of them is in two pages of memory: a process can be killed between the two. */
const PLACE_BYTES = 256;

/**
 * Claims that the database does not have yet, in a small file beside it: to write one there takes a tenth of what a transaction
 * takes, and it survives the death of the process as surely. What stands there of a run that has gone on means nothing, so that
 * nothing need be taken out.
 */
export class ClaimMarks {
  readonly #file: number | null;
  readonly #free: number[] = [];
  #places = 0;
  #isClosed = false;

  /** `path`: null where the runs do not outlive the process either. */
  constructor(private readonly path: string | null) {
    if (path !== null) makePrivateFile(path);
    this.#file = path === null ? null : openSync(path, 'r+');
  }

  /** Those that the process before left. To be called before the first is put there. */
  read(): ClaimMark[] {
    if (this.path === null) return [];
    return readFileSync(this.path, 'latin1').split('\n').flatMap(marksIn);
  }

  /** Answers its place, to be freed once the database has the claim; null when it could not be written. */
  put(mark: ClaimMark): number | null {
    const text = JSON.stringify(mark);
    if (this.#isClosed || text.length >= PLACE_BYTES) return null;
    const place = this.#free.pop() ?? this.#places;
    if (!this.#write(place, text)) {
      if (place < this.#places) this.#free.push(place);
      return null;
    }
    this.#places = Math.max(this.#places, place + 1);
    return place;
  }

  free(place: number): void {
    this.#free.push(place);
  }

  /** Nothing stays in the file of what means nothing any more. */
  wipe(): void {
    if (this.#isClosed) return;
    if (this.#free.length < this.#places) {
      for (const place of this.#free) this.#write(place, '');
      return;
    }
    if (this.#file !== null) ftruncateSync(this.#file);
    this.#free.length = 0;
    this.#places = 0;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#file !== null) closeSync(this.#file);
  }

  /** False when the disk is full, say. */
  #write(place: number, text: string): boolean {
    if (this.#file === null) return true;
    try {
      const bytes = `${text.padEnd(PLACE_BYTES - 1)}\n`;
      return writeSync(this.#file, bytes, place * PLACE_BYTES, 'latin1') === PLACE_BYTES;
    } catch {
      return false;
    }
  }
}

/** None in what was not written to its end: that claim was made in another way, or not at all. */
function marksIn(text: string): ClaimMark[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}
