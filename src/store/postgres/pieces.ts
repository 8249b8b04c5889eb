import { TobiishiError } from '../../core/errors.js';
import type { FileKey } from '../../core/files.js';
import type { Database } from './database.js';
import { sql } from './statements.js';

const AT = 'WHERE run_id = $1 AND position = $2 AND attempt = $3 AND number = $4';
const remove = sql('remove-file-pieces', `DELETE FROM tobiishi.file_pieces ${AT}`);
/** Nothing is left behind of a run that was deleted meanwhile. */
const add = sql(
  'add-file-piece',
  `INSERT INTO tobiishi.file_pieces SELECT $1, $2, $3, $4, $5, $6::bytea
  WHERE EXISTS (SELECT FROM tobiishi.runs WHERE id = $1) OR EXISTS (SELECT FROM tobiishi.uploads WHERE id = $1)`,
);
const read = sql('read-file-piece', `SELECT bytes FROM tobiishi.file_pieces ${AT} AND piece = $5`);

/** The bytes of files, in pieces. */
export class PostgresPieces {
  constructor(private readonly database: Database) {}

  /** In place of what was there. Answers how many bytes came. */
  async write(key: FileKey, pieces: AsyncIterable<Uint8Array>): Promise<number> {
    const at = placeOf(key);
    await this.database.query(remove, at);
    let size = 0;
    let count = 0;
    for await (const piece of pieces) {
      const { rowCount } = await this.database.query(add, [...at, count, Buffer.from(piece)]);
      if (rowCount === 0) throw new TobiishiError('run-not-found', `run ${key.runId} is gone`);
      size += piece.length;
      count += 1;
    }
    return size;
  }

  async *read(key: FileKey): AsyncGenerator<Uint8Array> {
    for (let piece = 0; ; piece += 1) {
      const [record] = (await this.database.query(read, [...placeOf(key), piece])).rows;
      if (record === undefined) return;
      yield record['bytes'] as Buffer;
    }
  }
}

export function placeOf({ runId, position, attempt, number }: FileKey): (string | number)[] {
  return [runId, position, attempt, number];
}
