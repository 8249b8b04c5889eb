import { type Column, type Columns, toColumn } from '../columns.js';
import type { SqliteDatabase } from './database.js';

type Statement = ReturnType<SqliteDatabase['prepare']>;

/** Writes whole records of one table: the statements are made from its columns. */
export class SqliteTable<T extends object> {
  readonly #insert: Statement;
  /** By the names of the columns that they write. */
  readonly #updates = new Map<string, Statement>();

  constructor(
    private readonly db: SqliteDatabase,
    private readonly table: string,
    private readonly columns: Columns<T>,
  ) {
    const places = columns.all.map(() => '?').join(', ');
    this.#insert = db.prepare(`INSERT INTO ${table} (${columns.names}) VALUES (${places})`);
  }

  insert(record: T): void {
    this.#insert.run(this.columns.all.map((column) => bindable(record, column)));
  }

  /** Writes the fields that differ, and no others: an index is written only where its own columns are. */
  update(before: T, after: T): void {
    const { changing, key } = this.columns;
    const changed = changing.filter(({ field }) => before[field as keyof T] !== after[field as keyof T]);
    if (changed.length === 0) return;
    this.#update(changed).run([...changed, ...key].map((column) => bindable(after, column)));
  }

  #update(changed: readonly Column[]): Statement {
    const set = changed.map(({ name }) => `${name} = ?`).join(', ');
    let statement = this.#updates.get(set);
    if (statement === undefined) {
      const where = this.columns.key.map(({ name }) => `${name} = ?`).join(' AND ');
      statement = this.db.prepare(`UPDATE ${this.table} SET ${set} WHERE ${where}`);
      this.#updates.set(set, statement);
    }
    return statement;
  }
}

export function bindable(record: object, column: Column): string | number | null {
  const value = toColumn(record, column);
  return typeof value === 'boolean' ? Number(value) : value;
}
