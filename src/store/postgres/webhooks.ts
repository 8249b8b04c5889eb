import type { Clock } from '../../core/clock.js';
import { TobiishiError } from '../../core/errors.js';
import { type Delivery, MOST_WEBHOOKS, type NewWebhook, type Webhook, type WebhookStore } from '../../core/webhooks.js';
import { toDelivery, toWebhook } from '../columns.js';
import type { Database } from './database.js';
import { now, sql } from './statements.js';

const add = sql(
  'add-webhook',
  `INSERT INTO tobiishi.webhooks (id, visitor_id, url, secret, created_at)
  SELECT $1, $2, $3, $4, ${now(5)}
  WHERE (SELECT count(*) FROM tobiishi.webhooks WHERE visitor_id = $2) < ${MOST_WEBHOOKS}`,
);
const list = sql('list-webhooks', 'SELECT * FROM tobiishi.webhooks WHERE visitor_id = $1 ORDER BY created_at DESC, id');
const remove = sql('remove-webhook', 'DELETE FROM tobiishi.webhooks WHERE visitor_id = $1 AND id = $2');
const countAll = sql('count-webhooks', 'SELECT count(*) AS count FROM tobiishi.webhooks');
const removeAll = sql('remove-webhooks', 'DELETE FROM tobiishi.webhooks WHERE visitor_id = $1');
const takeDue = sql(
  'take-deliveries',
  `WITH due AS (
    SELECT id FROM tobiishi.webhook_deliveries WHERE due_at <= ${now(3)} ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
  )
  UPDATE tobiishi.webhook_deliveries AS d SET due_at = ${now(3)} + $2::bigint, attempts = d.attempts + 1
  FROM due, tobiishi.webhooks AS w WHERE d.id = due.id AND w.id = d.webhook_id
  RETURNING d.*, w.url, w.secret`,
);
const settle = sql(
  'settle-delivery',
  `WITH over AS (DELETE FROM tobiishi.webhook_deliveries WHERE id = $1 AND $4::bigint IS NULL),
  -- What else waits for this address comes after those who receive theirs.
  behind AS (
    UPDATE tobiishi.webhook_deliveries SET due_at = ${now(5)} WHERE webhook_id = $2 AND due_at = 0 AND $3::text IS NOT NULL
  ),
  again AS (UPDATE tobiishi.webhook_deliveries SET due_at = ${now(5)} + $4::bigint WHERE id = $1 AND $4::bigint IS NOT NULL)
  UPDATE tobiishi.webhooks SET tried_at = ${now(5)}, problem = $3 WHERE id = $2`,
);

const sweep = sql(
  'sweep-webhooks',
  `DELETE FROM tobiishi.webhooks WHERE id IN (
    SELECT id FROM tobiishi.webhooks WHERE coalesce(tried_at, created_at) < ${now(1)} - $2::bigint LIMIT $3 FOR UPDATE SKIP LOCKED
  )`,
);

/** For every process of the database. The trigger of the runs makes the messages. `clock`: for tests, instead of the database's. */
export class PostgresWebhooks implements WebhookStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {}

  async add({ id, visitorId, url, secret }: NewWebhook, mostOfAll: number): Promise<boolean> {
    await this.#checkRoom(mostOfAll);
    return (await this.database.query(add, [id, visitorId, url, secret, this.#now])).rowCount === 1;
  }

  async list(visitorId: string): Promise<Webhook[]> {
    return (await this.database.query(list, [visitorId])).rows.map(toWebhook);
  }

  async remove(visitorId: string, id: string): Promise<void> {
    await this.database.query(remove, [visitorId, id]);
  }

  async removeAll(visitorId: string): Promise<void> {
    await this.database.query(removeAll, [visitorId]);
  }

  async takeDue(limit: number, forMs: number): Promise<Delivery[]> {
    return (await this.database.query(takeDue, [limit, forMs, this.#now])).rows.map(toDelivery);
  }

  async settle({ id, webhookId }: Delivery, problem: string | null, againInMs: number | null): Promise<void> {
    await this.database.query(settle, [id, webhookId, problem, againInMs, this.#now]);
  }

  async sweep(unusedMs: number, limit: number): Promise<boolean> {
    return (await this.database.query(sweep, [this.#now, unusedMs, limit])).rowCount === limit;
  }

  async #checkRoom(mostOfAll: number): Promise<void> {
    const [record] = (await this.database.query(countAll, [])).rows;
    const all = Number(record?.['count']);
    if (all >= mostOfAll) throw new TobiishiError('storage-full', `visitors have ${all} webhooks`);
  }

  get #now(): number | null {
    return this.clock?.now() ?? null;
  }
}
