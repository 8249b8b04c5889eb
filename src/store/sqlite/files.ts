import type { FileKey, FileStore, NewFile, RunFile } from '../../core/files.js';
import { type DatabaseRecord, FILE, plainText } from '../columns.js';
import type { Checkpoints } from './checkpoints.js';
import { type SqliteDatabase, transaction } from './database.js';
import { placeOf, SqlitePieces } from './pieces.js';

/** Files of steps that are recorded as done, of the attempt that was. */
const RECORDED = `
  FROM files JOIN steps ON steps.run_id = files.run_id AND steps.position = files.position
  WHERE files.run_id = ? AND steps.status = 'done' AND steps.attempts = files.attempt`;
const COLUMNS = FILE.all.map(({ name }) => `files.${name}`).join(', ');

/** Files of runs, in the same SQLite file. */
export class SqliteFiles implements FileStore {
  readonly #pieces: SqlitePieces;
  readonly #sql;

  constructor(
    private readonly db: SqliteDatabase,
    checkpoints: Pick<Checkpoints, 'committed'> | null = null,
  ) {
    this.#pieces = new SqlitePieces(db, checkpoints);
    this.#sql = {
      put: db.prepare(`INSERT OR REPLACE INTO files (${FILE.names}) VALUES (${FILE.all.map(() => '?').join(', ')})`),
      list: db.prepare(`
        SELECT ${COLUMNS} ${RECORDED} AND (files.position, files.number) > (?, ?)
        ORDER BY files.position, files.number LIMIT ?`),
      find: db.prepare(`SELECT ${COLUMNS} ${RECORDED} AND files.position = ? AND files.number = ?`),
    };
  }

  async write({ name, type, ...key }: NewFile, pieces: AsyncIterable<Uint8Array>): Promise<number> {
    const size = await this.#pieces.write(key, pieces);
    transaction(this.db, () => this.#sql.put.run(...placeOf(key), plainText(name), plainText(type), size));
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

  read(file: FileKey): AsyncIterable<Uint8Array> {
    return this.#pieces.read(file);
  }
}
