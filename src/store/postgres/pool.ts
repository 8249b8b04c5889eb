/** What is used of a `pg.Pool`, by its name in no type of ours: `pg` is optional, and there may be several copies of it. */
export interface PgPool {
  query(config: never): Promise<unknown>;
  connect(): Promise<PgClient>;
}

interface PgClient {
  query(config: never): Promise<unknown>;
  release(destroy?: boolean): void;
}
