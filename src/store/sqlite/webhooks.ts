import type { Clock } from '../../core/clock.js';
import { TobiishiError } from '../../core/errors.js';
import { type Delivery, MOST_WEBHOOKS, type NewWebhook, type Webhook, type WebhookStore } from '../../core/webhooks.js';
import { type DatabaseRecord, plainText, toDelivery, toWebhook } from '../columns.js';
import { type SqliteDatabase, transaction } from './database.js';

/** In the same SQLite file as the runs, whose trigger makes the messages. */
export class SqliteWebhooks implements WebhookStore {
  readonly #sql;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
  ) {
    this.#sql = {
      count: db.prepare('SELECT count(*) AS count FROM webhooks WHERE visitor_id = ?'),
      countAll: db.prepare('SELECT count(*) AS count FROM webhooks'),
      add: db.prepare('INSERT INTO webhooks (id, visitor_id, url, secret, created_at) VALUES (?, ?, ?, ?, ?)'),
      list: db.prepare('SELECT * FROM webhooks WHERE visitor_id = ? ORDER BY created_at DESC, id'),
      removeDeliveries: db.prepare(
        'DELETE FROM webhook_deliveries WHERE webhook_id IN (SELECT id FROM webhooks WHERE visitor_id = ? AND id = ?)',
      ),
      remove: db.prepare('DELETE FROM webhooks WHERE visitor_id = ? AND id = ?'),
      listUnused: db.prepare('SELECT visitor_id, id FROM webhooks WHERE coalesce(tried_at, created_at) < ? LIMIT ?'),
      due: db.prepare(`
        SELECT d.*, w.url, w.secret FROM webhook_deliveries AS d JOIN webhooks AS w ON w.id = d.webhook_id
        WHERE d.due_at <= ? ORDER BY d.due_at LIMIT ?`),
      take: db.prepare('UPDATE webhook_deliveries SET due_at = ?, attempts = attempts + 1 WHERE id = ?'),
      postpone: db.prepare('UPDATE webhook_deliveries SET due_at = ? WHERE id = ?'),
      putBehind: db.prepare('UPDATE webhook_deliveries SET due_at = ? WHERE webhook_id = ? AND due_at = 0'),
      deleteDelivery: db.prepare('DELETE FROM webhook_deliveries WHERE id = ?'),
      tried: db.prepare('UPDATE webhooks SET tried_at = ?, problem = ? WHERE id = ?'),
    };
  }

  async add({ id, visitorId, url, secret }: NewWebhook, mostOfAll: number): Promise<boolean> {
    return transaction(this.db, () => {
      const { count: all } = this.#sql.countAll.get() as { count: number };
      if (all >= mostOfAll) throw new TobiishiError('storage-full', `visitors have ${all} webhooks`);
      const { count } = this.#sql.count.get(visitorId) as { count: number };
      if (count >= MOST_WEBHOOKS) return false;
      this.#sql.add.run(id, visitorId, url, secret, this.clock.now());
      return true;
    });
  }

  async list(visitorId: string): Promise<Webhook[]> {
    return (this.#sql.list.all(visitorId) as DatabaseRecord[]).map(toWebhook);
  }

  async remove(visitorId: string, id: string): Promise<void> {
    transaction(this.db, () => this.#remove(visitorId, plainText(id)));
  }

  #remove(visitorId: unknown, id: unknown): void {
    this.#sql.removeDeliveries.run(visitorId, id);
    this.#sql.remove.run(visitorId, id);
  }

  async removeAll(visitorId: string): Promise<void> {
    for (const { id } of await this.list(visitorId)) await this.remove(visitorId, id);
  }

  async sweep(unusedMs: number, limit: number): Promise<boolean> {
    return transaction(this.db, () => {
      const unused = this.#sql.listUnused.all(this.clock.now() - unusedMs, limit) as DatabaseRecord[];
      for (const { visitor_id, id } of unused) this.#remove(visitor_id, id);
      return unused.length === limit;
    });
  }

  async takeDue(limit: number, forMs: number): Promise<Delivery[]> {
    const now = this.clock.now();
    const due = this.#sql.due.all(now, limit) as DatabaseRecord[];
    if (due.length === 0) return [];
    return transaction(this.db, () =>
      due.map(toDelivery).map((delivery) => {
        this.#sql.take.run(now + forMs, delivery.id);
        return { ...delivery, attempts: delivery.attempts + 1 };
      }),
    );
  }

  async settle({ id, webhookId }: Delivery, problem: string | null, againInMs: number | null): Promise<void> {
    const now = this.clock.now();
    transaction(this.db, () => {
      if (againInMs === null) this.#sql.deleteDelivery.run(id);
      else this.#sql.postpone.run(now + againInMs, id);
      this.#sql.tried.run(now, problem, webhookId);
      // What else waits for this address comes after those who receive theirs.
      if (problem !== null) this.#sql.putBehind.run(now, webhookId);
    });
  }
}
