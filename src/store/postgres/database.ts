import pg from 'pg';
import type { DatabaseRecord } from '../columns.js';
import { isConflict, isNotPrepared, isServerError, storeError } from './errors.js';
import type { PgPool } from './pool.js';

/** A statement that each connection prepares once. Its name must be the only one of that name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Value = string | number | boolean | null | Buffer | readonly (string | number | boolean | null)[];
export type Result = pg.QueryResult<DatabaseRecord>;

const CONNECT_WITHIN_MS = 3000;
/** What no statement of ours needs: something is wrong, and the request must be answered. */
const STATEMENT_WITHIN_MS = 8000;
const MOST_CONFLICTS = 5;
/** Kept open: as many as one page asks for at once. To a database far away, opening one takes longer than a page may. */
const KEPT_CONNECTIONS = 5;

/**
 * Every statement is written to walk an index, so that its cost is the same however long the run. The planner, which
 * guesses from statistics taken when the tables looked otherwise, is kept from other ideas and from planning twice.
 */
const PLANNER = `
  SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET enable_hashjoin = off;
  SET enable_mergejoin = off; SET jit = off; SET plan_cache_mode = force_generic_plan`;

/** Counts and times stay far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** What a query brings along to a pool that was made without it. */
interface PerQuery {
  readonly types: pg.CustomTypesConfig;
  readonly query_timeout: number;
}

/** Connections to PostgreSQL. What shows that it cannot be used throws `store-unavailable`. */
export class Database {
  readonly #pool: pg.Pool;
  /** Null where the pool is our own, which is made with all that a query needs. */
  readonly #perQuery: PerQuery | null;
  /** False behind a pooler that puts another connection behind ours from one transaction to the next. */
  #prepares = true;

  /**
   * By an address, or by a pool that is not ours to close or to configure: what its connections are set to stays as it is.
   * `statementWithinMs`: a statement that takes longer is ended and throws `store-unavailable`.
   */
  constructor(source: string | PgPool, statementWithinMs = STATEMENT_WITHIN_MS) {
    const isOwn = typeof source === 'string';
    this.#perQuery = isOwn ? null : { types, query_timeout: statementWithinMs + 1000 };
    this.#pool = isOwn ? Database.#ownPool(source, statementWithinMs) : (source as pg.Pool);
  }

  static #ownPool(connectionString: string, statementWithinMs: number): pg.Pool {
    const pool = new pg.Pool({
      connectionString,
      types,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      min: KEPT_CONNECTIONS,
      pipeline: true,
      // A server that vanished without a word is given up a little later than one that is only slow.
      query_timeout: statementWithinMs + 1000,
      keepAlive: true,
      // As settings of the connection itself, which poolers refuse, they would keep it from being made.
      onConnect: (client) =>
        client.query(`
          SET statement_timeout = ${statementWithinMs};
          SET idle_in_transaction_session_timeout = ${statementWithinMs}; ${PLANNER}`),
      fallback_application_name: 'tobiishi',
    });
    // A connection that breaks, idle or between two statements, is replaced; the next statement tells if it cannot be.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  }

  /** Opens the connections that are kept, before anybody waits for them. */
  async connect(): Promise<void> {
    if (this.#perQuery !== null) return;
    await Promise.all(Array.from({ length: KEPT_CONNECTIONS }, () => this.query('SELECT 1')));
  }

  /** One statement, which is one transaction. Tried again when it conflicts with another. */
  async query(statement: Statement | string, values: readonly Value[] = []): Promise<Result> {
    return this.#untilNoConflict(() => asked(this.#pool.query<DatabaseRecord>(this.#bound(statement, values))));
  }

  /**
   * Several statements in one transaction. `work` may be called again when it conflicts with another. Statements asked at once
   * travel together, the first ones with the beginning; what `work` does not wait for travels with the commit.
   */
  async transaction<T>(work: (query: Database['query']) => Promise<T>): Promise<T> {
    return this.#untilNoConflict(async () => {
      const client = await asked(this.#pool.connect());
      let usable = true;
      const answers: Promise<Result>[] = [];
      const ask: Database['query'] = async (statement, values = []) => {
        try {
          return await client.query<DatabaseRecord>(this.#bound(statement, values));
        } catch (error) {
          // After an error that the server did not send, nobody knows what the connection would answer next.
          usable &&= isServerError(error);
          throw storeError(error);
        }
      };
      const query: Database['query'] = (statement, values) => {
        // A pool that is not ours may have connections that take one statement at a time.
        const before = this.#perQuery === null ? null : answers.at(-1);
        const answer = before ? before.then(() => ask(statement, values)) : ask(statement, values);
        answer.catch(() => {});
        answers.push(answer);
        return answer;
      };
      try {
        query('BEGIN');
        const result = await work(query);
        query('COMMIT');
        await Promise.all(answers);
        return result;
      } catch (error) {
        // After the first that fails, each statement fails because of it.
        const cause = await Promise.all(answers).then(
          () => error,
          (first) => first,
        );
        if (usable) await ask('ROLLBACK').catch(() => {});
        throw cause;
      } finally {
        client.release(!usable);
      }
    });
  }

  async close(): Promise<void> {
    if (this.#perQuery === null) await this.#pool.end();
  }

  async #untilNoConflict<T>(work: () => Promise<T>): Promise<T> {
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        return await work();
      } catch (error) {
        if (isNotPrepared(error)) this.#prepares = false;
        else if (!isConflict(error)) throw error;
        if (conflicts === MOST_CONFLICTS) throw error;
      }
    }
  }

  #bound(statement: Statement | string, values: readonly Value[]): pg.QueryConfig {
    const isPlain = typeof statement === 'string' || !this.#prepares;
    const config = isPlain ? { text: typeof statement === 'string' ? statement : statement.text } : statement;
    const query = { ...config, values: values.map(storable) };
    if (this.#perQuery === null) return query;
    // The names of prepared statements are those of the app's, too.
    return { ...query, ...this.#perQuery, ...('name' in config && { name: `tobiishi ${config.name}` }) };
  }
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw storeError(error);
  }
}

/** PostgreSQL's text cannot hold NUL. JSON text never has one; elsewhere (an id typed into an address) none is kept. */
function storable(value: Value): Value {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
}
