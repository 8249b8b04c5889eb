import { type Column, type Columns, toColumn } from '../columns.js';
import type { SqliteDatabase } from './database.js';

type Statement = ReturnType<SqliteDatabase['prepare']>;

interface Update {
  readonly columns: readonly Column[];
  readonly statement: Statement;
}

/** Writes whole records of one table: the statements are made from its columns. */
export class SqliteTable<T extends object> {
  readonly #insert: Statement;
  /** By which of the changing columns they write, each a bit. */
  readonly #updates = new Map<number, Update>();

  constructor(
    private readonly db: SqliteDatabase,
    private readonly table: string,
    private readonly columns: Columns<T>,
  ) {
    if (columns.changing.length > 31) throw new Error(`more columns of ${table} change than a number has bits`);
    const places = columns.all.map(() => '?').join(', ');
    this.#insert = db.prepare(`INSERT INTO ${table} (${columns.names}) VALUES (${places})`);
  }

  insert(record: T): void {
    this.#insert.run(this.columns.all.map((column) => bindable(record, column)));
  }

  /** Writes the fields that differ, and no others: an index is written only where its own columns are. */
  update(before: T, after: T): void {
    let changed = 0;
    this.columns.changing.forEach(({ field }, i) => {
      if (before[field as keyof T] !== after[field as keyof T]) changed |= 1 << i;
    });
    if (changed === 0) return;
    const { columns, statement } = this.#updates.get(changed) ?? this.#update(changed);
    statement.run(columns.map((column) => bindable(after, column)));
  }

  #update(changed: number): Update {
    const columns = this.columns.changing.filter((_, i) => changed & (1 << i));
    const set = columns.map(({ name }) => `${name} = ?`).join(', ');
    const where = this.columns.key.map(({ name }) => `${name} = ?`).join(' AND ');
    const statement = this.db.prepare(`UPDATE ${this.table} SET ${set} WHERE ${where}`);
    const update = { columns: [...columns, ...this.columns.key], statement };
    this.#updates.set(changed, update);
    return update;
  }
}

export function bindable(record: object, column: Column): string | number | null {
  const value = toColumn(record, column);
  return typeof value === 'boolean' ? Number(value) : value;
}
