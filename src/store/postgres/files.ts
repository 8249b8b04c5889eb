import { TobiishiError } from '../../core/errors.js';
import type { FileKey, FileStore, NewFile, RunFile } from '../../core/files.js';
import { FILE } from '../columns.js';
import type { Database } from './database.js';
import { sql } from './statements.js';

const AT = 'WHERE run_id = $1 AND position = $2 AND attempt = $3 AND number = $4';
const COLUMNS = FILE.all.map(({ name }) => `f.${name}`).join(', ');
/** Files of steps that are recorded as done, of the attempt that was. */
const RECORDED = `
  FROM tobiishi.files AS f JOIN tobiishi.steps AS s ON s.run_id = f.run_id AND s.position = f.position
  WHERE f.run_id = $1 AND s.status = 'done' AND s.attempts = f.attempt`;

const remove = sql(
  'remove-file',
  `WITH file AS (DELETE FROM tobiishi.files ${AT}) DELETE FROM tobiishi.file_pieces ${AT}`,
);
/** Nothing is left behind of a run that was deleted meanwhile. */
const addPiece = sql(
  'add-file-piece',
  `INSERT INTO tobiishi.file_pieces SELECT $1, $2, $3, $4, $5, $6::bytea
  WHERE EXISTS (SELECT FROM tobiishi.runs WHERE id = $1)`,
);
const add = sql('add-file', `INSERT INTO tobiishi.files (${FILE.names}) VALUES ($1, $2, $3, $4, $5, $6, $7)`);
const list = sql(
  'list-files',
  `SELECT ${COLUMNS} ${RECORDED} AND (f.position, f.number) > ($2, $3) ORDER BY f.position, f.number LIMIT $4`,
);
const find = sql('find-file', `SELECT ${COLUMNS} ${RECORDED} AND f.position = $2 AND f.number = $3`);
const readPiece = sql('read-file-piece', `SELECT bytes FROM tobiishi.file_pieces ${AT} AND piece = $5`);

/** Files of runs, in the same database. */
export class PostgresFiles implements FileStore {
  constructor(private readonly database: Database) {}

  async write({ name, type, ...key }: NewFile, pieces: AsyncIterable<Uint8Array>): Promise<number> {
    const at = placeOf(key);
    await this.database.query(remove, at);
    let size = 0;
    let count = 0;
    for await (const piece of pieces) {
      const { rowCount } = await this.database.query(addPiece, [...at, count, Buffer.from(piece)]);
      if (rowCount === 0) throw new TobiishiError('run-not-found', `run ${key.runId} is gone`);
      size += piece.length;
      count += 1;
    }
    await this.database.query(add, [...at, name, type, size]);
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

  async *read(file: FileKey): AsyncGenerator<Uint8Array> {
    for (let piece = 0; ; piece += 1) {
      const [record] = (await this.database.query(readPiece, [...placeOf(file), piece])).rows;
      if (record === undefined) return;
      yield record['bytes'] as Buffer;
    }
  }
}

function placeOf({ runId, position, attempt, number }: FileKey): (string | number)[] {
  return [runId, position, attempt, number];
}
