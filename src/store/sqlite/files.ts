import { setImmediate } from 'node:timers/promises';
import { TobiishiError } from '../../core/errors.js';
import type { FileKey, FileStore, NewFile, RunFile } from '../../core/files.js';
import { type DatabaseRecord, FILE, plainText } from '../columns.js';
import { type SqliteDatabase, transaction } from './database.js';

/** Of a file that is written, so many pieces at once: nobody is answered meanwhile. */
const BITE = 16;

/** Files of steps that are recorded as done, of the attempt that was. */
const RECORDED = `
  FROM files JOIN steps ON steps.run_id = files.run_id AND steps.position = files.position
  WHERE files.run_id = ? AND steps.status = 'done' AND steps.attempts = files.attempt`;
const COLUMNS = FILE.all.map(({ name }) => `files.${name}`).join(', ');

/** Files of runs, in the same SQLite file. */
export class SqliteFiles implements FileStore {
  readonly #sql;

  constructor(private readonly db: SqliteDatabase) {
    const at = 'WHERE run_id = ? AND position = ? AND attempt = ? AND number = ?';
    this.#sql = {
      remove: db.prepare(`DELETE FROM files ${at}`),
      removePieces: db.prepare(`DELETE FROM file_pieces ${at}`),
      // Nothing is left behind of a run that was deleted meanwhile.
      addPiece: db.prepare(`
        INSERT INTO file_pieces SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1)`),
      add: db.prepare(`INSERT INTO files (${FILE.names}) VALUES (${FILE.all.map(() => '?').join(', ')})`),
      list: db.prepare(`
        SELECT ${COLUMNS} ${RECORDED} AND (files.position, files.number) > (?, ?)
        ORDER BY files.position, files.number LIMIT ?`),
      find: db.prepare(`SELECT ${COLUMNS} ${RECORDED} AND files.position = ? AND files.number = ?`),
      readPiece: db.prepare(`SELECT bytes FROM file_pieces ${at} AND piece = ?`),
    };
  }

  async write({ name, type, ...key }: NewFile, pieces: AsyncIterable<Uint8Array>): Promise<number> {
    const at = placeOf(key);
    transaction(this.db, () => {
      this.#sql.remove.run(...at);
      this.#sql.removePieces.run(...at);
    });
    let size = 0;
    let written = 0;
    let bite: Uint8Array[] = [];
    const writeBite = () => {
      transaction(this.db, () => {
        for (const [i, piece] of bite.entries()) {
          const { changes } = this.#sql.addPiece.run(...at, written + i, Buffer.from(piece));
          if (changes === 0) throw new TobiishiError('run-not-found', `run ${key.runId} is gone`);
        }
      });
      written += bite.length;
      bite = [];
    };
    for await (const piece of pieces) {
      size += piece.length;
      bite.push(piece);
      if (bite.length < BITE) continue;
      writeBite();
      await setImmediate();
    }
    writeBite();
    transaction(this.db, () => this.#sql.add.run(...at, plainText(name), plainText(type), size));
    return size;
  }

  async list(runId: string, after: Pick<FileKey, 'position' | 'number'> | null, limit: number): Promise<RunFile[]> {
    const { position, number } = after ?? { position: 0, number: 0 };
    return (this.#sql.list.all(runId, position, number, limit) as DatabaseRecord[]).map((record) => FILE.read(record));
  }

  async find(runId: string, position: number, number: number): Promise<RunFile | null> {
    const record = this.#sql.find.get(runId, position, number) as DatabaseRecord | undefined;
    return record === undefined ? null : FILE.read(record);
  }

  async *read(file: FileKey): AsyncGenerator<Uint8Array> {
    for (let piece = 0; ; piece += 1) {
      const record = this.#sql.readPiece.get(...placeOf(file), piece) as { bytes: Uint8Array } | undefined;
      if (record === undefined) return;
      yield record.bytes;
      if (piece % BITE === BITE - 1) await setImmediate();
    }
  }
}

function placeOf({ runId, position, attempt, number }: FileKey) {
  return [runId, position, attempt, number] as const;
}
