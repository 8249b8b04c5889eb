import {
  type ApiToken,
  type ApiTokenStore,
  MOST_TOKENS,
  type NewApiToken,
  USED_EVERY_MS,
} from '../../core/api-tokens.js';
import type { Clock } from '../../core/clock.js';
import { TobiishiError } from '../../core/errors.js';
import { API_TOKEN, type Column } from '../columns.js';
import type { Database } from './database.js';
import { newApiToken } from './records.js';
import { now, records, sql } from './statements.js';

const added = ({ field, name }: Column) => (field === 'createdAt' ? now(2) : `new.${name}`);
/** $1 is the token as JSON. */
const add = sql(
  'add-api-token',
  `INSERT INTO tobiishi.api_tokens (${API_TOKEN.names})
  SELECT ${API_TOKEN.all.map(added).join(', ')} FROM ${records(1, 'api_tokens')} AS new
  WHERE (SELECT count(*) FROM tobiishi.api_tokens WHERE visitor_id = new.visitor_id) < ${MOST_TOKENS}`,
);
const use = sql(
  'use-api-token',
  `WITH used AS (
    UPDATE tobiishi.api_tokens SET used_at = ${now(2)}
    WHERE hash = $1 AND abs(coalesce(used_at, 0) - ${now(2)}) >= ${USED_EVERY_MS}
  )
  SELECT * FROM tobiishi.api_tokens WHERE hash = $1`,
);
const list = sql(
  'list-api-tokens',
  'SELECT * FROM tobiishi.api_tokens WHERE visitor_id = $1 ORDER BY created_at DESC, hash',
);
const remove = sql('remove-api-token', 'DELETE FROM tobiishi.api_tokens WHERE visitor_id = $1 AND hash = $2');
const countAll = sql('count-api-tokens', 'SELECT count(*) AS count FROM tobiishi.api_tokens');
const removeAll = sql('remove-api-tokens', 'DELETE FROM tobiishi.api_tokens WHERE visitor_id = $1');

const sweep = sql(
  'sweep-api-tokens',
  `DELETE FROM tobiishi.api_tokens WHERE hash IN (
    SELECT hash FROM tobiishi.api_tokens WHERE coalesce(used_at, created_at) < ${now(1)} - $2::bigint LIMIT $3 FOR UPDATE SKIP LOCKED
  )`,
);

/** Visitors' tokens, for every process of the database. `clock`: for tests, instead of the database's. */
export class PostgresApiTokens implements ApiTokenStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {}

  async add(token: NewApiToken, mostOfAll: number): Promise<boolean> {
    await this.#checkRoom(mostOfAll);
    const values = [newApiToken({ ...token, createdAt: 0, usedAt: null }), this.#now];
    return (await this.database.query(add, values)).rowCount === 1;
  }

  async use(hash: string): Promise<ApiToken | null> {
    const [record] = (await this.database.query(use, [hash, this.#now])).rows;
    return record === undefined ? null : API_TOKEN.read(record);
  }

  async list(visitorId: string): Promise<ApiToken[]> {
    return (await this.database.query(list, [visitorId])).rows.map((record) => API_TOKEN.read(record));
  }

  async remove(visitorId: string, hash: string): Promise<void> {
    await this.database.query(remove, [visitorId, hash]);
  }

  async removeAll(visitorId: string): Promise<void> {
    await this.database.query(removeAll, [visitorId]);
  }

  async sweep(unusedMs: number, limit: number): Promise<boolean> {
    return (await this.database.query(sweep, [this.#now, unusedMs, limit])).rowCount === limit;
  }

  async #checkRoom(mostOfAll: number): Promise<void> {
    const [record] = (await this.database.query(countAll, [])).rows;
    const all = Number(record?.['count']);
    if (all >= mostOfAll) throw new TobiishiError('storage-full', `visitors have ${all} tokens`);
  }

  get #now(): number | null {
    return this.clock?.now() ?? null;
  }
}
