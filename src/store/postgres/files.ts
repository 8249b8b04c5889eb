import type { FileKey, FileStore, NewFile, RunFile } from '../../core/files.js';
import { FILE } from '../columns.js';
import type { Database } from './database.js';
import { PostgresPieces, placeOf } from './pieces.js';
import { sql } from './statements.js';

const COLUMNS = FILE.all.map(({ name }) => `f.${name}`).join(', ');
/** Files of steps that are recorded as done, of the attempt that was. */
const RECORDED = `
  FROM tobiishi.files AS f JOIN tobiishi.steps AS s ON s.run_id = f.run_id AND s.position = f.position
  WHERE f.run_id = $1 AND s.status = 'done' AND s.attempts = f.attempt`;

const put = sql(
  'put-file',
  `INSERT INTO tobiishi.files (${FILE.names}) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (run_id, position, attempt, number)
  DO UPDATE SET name = excluded.name, type = excluded.type, size = excluded.size`,
);
const list = sql(
  'list-files',
  `SELECT ${COLUMNS} ${RECORDED} AND (f.position, f.number) > ($2, $3) ORDER BY f.position, f.number LIMIT $4`,
);
const find = sql('find-file', `SELECT ${COLUMNS} ${RECORDED} AND f.position = $2 AND f.number = $3`);

/** Files of runs, in the same database. */
export class PostgresFiles implements FileStore {
  readonly #pieces: PostgresPieces;

  constructor(private readonly database: Database) {
    this.#pieces = new PostgresPieces(database);
  }

  async write({ name, type, ...key }: NewFile, pieces: AsyncIterable<Uint8Array>): Promise<number> {
    const size = await this.#pieces.write(key, pieces);
    await this.database.query(put, [...placeOf(key), name, type, size]);
    return size;
  }

  async list(runId: string, after: Pick<FileKey, 'position' | 'number'> | null, limit: number): Promise<RunFile[]> {
    const { position, number } = after ?? { position: 0, number: 0 };
    const { rows } = await this.database.query(list, [runId, position, number, limit]);
    return rows.map((record) => FILE.read(record));
  }

  async find(runId: string, position: number, number: number): Promise<RunFile | null> {
    const [record] = (await this.database.query(find, [runId, position, number])).rows;
    return record === undefined ? null : FILE.read(record);
  }

  read(file: FileKey): AsyncIterable<Uint8Array> {
    return this.#pieces.read(file);
  }
}
