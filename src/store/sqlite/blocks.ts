import type { Block, BlockKind, BlockStore, NewBlock } from '../../core/blocks.js';
import type { Clock } from '../../core/clock.js';
import { type DatabaseRecord, plainText } from '../columns.js';
import { type SqliteDatabase, transaction } from './database.js';

/** What the operator has blocked, in the same SQLite file as the runs. */
export class SqliteBlocks implements BlockStore {
  readonly #sql;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
  ) {
    this.#sql = {
      list: db.prepare('SELECT * FROM blocks ORDER BY created_at DESC, value'),
      put: db.prepare('INSERT OR REPLACE INTO blocks (kind, value, reason, created_at) VALUES (?, ?, ?, ?)'),
      remove: db.prepare('DELETE FROM blocks WHERE kind = ? AND value = ?'),
    };
  }

  async list(): Promise<Block[]> {
    return (this.#sql.list.all() as DatabaseRecord[]).map((record) => ({
      kind: record['kind'] as BlockKind,
      value: String(record['value']),
      reason: String(record['reason']),
      createdAt: Number(record['created_at']),
    }));
  }

  async put({ kind, value, reason }: NewBlock): Promise<void> {
    transaction(this.db, () => this.#sql.put.run(kind, value, plainText(reason), this.clock.now()));
  }

  async remove(kind: BlockKind, value: string): Promise<void> {
    transaction(this.db, () => this.#sql.remove.run(kind, plainText(value)));
  }
}
