import { setImmediate } from 'node:timers/promises';
import { TobiishiError } from '../../core/errors.js';
import { Turns } from '../../core/event-loop.js';
import type { FileKey } from '../../core/files.js';
import type { Checkpoints } from './checkpoints.js';
import { type SqliteDatabase, transaction } from './database.js';

/** Of files that are written, so many pieces at once, and of one that is read: nobody is answered meanwhile. */
const WRITTEN_BITE = 4;
const READ_BITE = 16;

/** The bytes of files, in pieces. Those that come together are written in turns. */
export class SqlitePieces {
  readonly #sql;
  readonly #turns = new Turns();

  constructor(
    private readonly db: SqliteDatabase,
    private readonly checkpoints: Pick<Checkpoints, 'committed'> | null,
  ) {
    const at = 'WHERE run_id = ? AND position = ? AND attempt = ? AND number = ?';
    this.#sql = {
      // Nothing is left behind of a run that was deleted meanwhile.
      add: db.prepare(`
        INSERT INTO file_pieces SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1) OR EXISTS (SELECT 1 FROM uploads WHERE id = ?1)`),
      remove: db.prepare(`DELETE FROM file_pieces ${at}`),
      read: db.prepare(`SELECT bytes FROM file_pieces ${at} AND piece = ?`),
    };
  }

  /** In place of what was there. Answers how many bytes came. */
  async write(key: FileKey, pieces: AsyncIterable<Uint8Array>): Promise<number> {
    const at = placeOf(key);
    transaction(this.db, () => this.#sql.remove.run(...at));
    let size = 0;
    let written = 0;
    let bite: Uint8Array[] = [];
    const writeBite = async () => {
      await this.#turns.take();
      transaction(this.db, () => {
        for (const [i, { buffer, byteOffset, length }] of bite.entries()) {
          const { changes } = this.#sql.add.run(...at, written + i, Buffer.from(buffer, byteOffset, length));
          if (changes === 0) throw new TobiishiError('run-not-found', `run ${key.runId} is gone`);
        }
      });
      this.checkpoints?.committed(bite.reduce((bytes, piece) => bytes + piece.length, 0));
      written += bite.length;
      bite = [];
    };
    for await (const piece of pieces) {
      size += piece.length;
      bite.push(piece);
      if (bite.length === WRITTEN_BITE) await writeBite();
    }
    await writeBite();
    return size;
  }

  async *read(key: FileKey): AsyncGenerator<Uint8Array> {
    const at = placeOf(key);
    for (let piece = 0; ; piece += 1) {
      const record = this.#sql.read.get(...at, piece) as { bytes: Uint8Array } | undefined;
      if (record === undefined) return;
      yield record.bytes;
      if (piece % READ_BITE === READ_BITE - 1) await setImmediate();
    }
  }
}

export function placeOf({ runId, position, attempt, number }: FileKey) {
  return [runId, position, attempt, number] as const;
}
