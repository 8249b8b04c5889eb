import type { Block, BlockKind, BlockStore, NewBlock } from '../../core/blocks.js';
import type { Clock } from '../../core/clock.js';
import type { Database } from './database.js';
import { now, sql } from './statements.js';

const list = sql('list-blocks', 'SELECT * FROM tobiishi.blocks ORDER BY created_at DESC, value');
const put = sql(
  'put-block',
  `INSERT INTO tobiishi.blocks (kind, value, reason, created_at) VALUES ($1, $2, $3, ${now(4)})
  ON CONFLICT (kind, value) DO UPDATE SET reason = excluded.reason, created_at = excluded.created_at`,
);
const remove = sql('remove-block', 'DELETE FROM tobiishi.blocks WHERE kind = $1 AND value = $2');

/** What the operator has blocked, for every process of the database. `clock`: for tests, instead of the database's. */
export class PostgresBlocks implements BlockStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {}

  async list(): Promise<Block[]> {
    return (await this.database.query(list)).rows.map((record) => ({
      kind: record['kind'] as BlockKind,
      value: String(record['value']),
      reason: String(record['reason']),
      createdAt: Number(record['created_at']),
    }));
  }

  async put({ kind, value, reason }: NewBlock): Promise<void> {
    await this.database.query(put, [kind, value, reason, this.clock?.now() ?? null]);
  }

  async remove(kind: BlockKind, value: string): Promise<void> {
    await this.database.query(remove, [kind, value]);
  }
}
