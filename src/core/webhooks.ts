import { createHmac, randomBytes } from 'node:crypto';
import type { RunStatus } from './run.js';

/** Where a visitor is told that a run has ended. */
export interface Webhook {
  readonly id: string;
  readonly visitorId: string;
  readonly url: string;
  /** Signs what is sent; sealed. */
  readonly secret: string;
  /** In ms since 1970. */
  readonly createdAt: number;
  /** Likewise: when it was last tried; null when it was not yet. */
  readonly triedAt: number | null;
  /** What was wrong then: a status such as `500`, or the code of an error; null for nothing. */
  readonly problem: string | null;
}

export interface NewWebhook extends Pick<Webhook, 'id' | 'visitorId' | 'url' | 'secret'> {}

/** A message to be sent: made by the store with the change that ended the run. */
export interface Delivery extends Pick<Webhook, 'url' | 'secret'> {
  /** The same each time that it is tried: by it the receiver knows what it has had. */
  readonly id: string;
  readonly webhookId: string;
  readonly runId: string;
  readonly status: Extract<RunStatus, 'done' | 'failed' | 'cancelled'>;
  /** When the run came to this status, in ms since 1970. */
  readonly endedAt: number;
  /** This one included. */
  readonly attempts: number;
}

/** Of one visitor. */
export const MOST_WEBHOOKS = 5;
/** Of all visitors together: their addresses may be long. */
export const MOST_WEBHOOKS_OF_ALL = 20_000;

export interface WebhookStore {
  /** False when the visitor has `MOST_WEBHOOKS` already. Throws `storage-full` when all visitors together have `mostOfAll`. */
  add(webhook: NewWebhook, mostOfAll: number): Promise<boolean>;
  /** The visitor's, newest first. */
  list(visitorId: string): Promise<Webhook[]>;
  /** With what was still to be sent to it. */
  remove(visitorId: string, id: string): Promise<void>;
  removeAll(visitorId: string): Promise<void>;
  /** Deletes up to `limit` of those that have had nothing to tell for so long. True when there may be more. */
  sweep(unusedMs: number, limit: number): Promise<boolean>;
  /** Those whose time has come, counted as tried. Nobody else gets them for `forMs`: then, whoever took them is gone. */
  takeDue(limit: number, forMs: number): Promise<Delivery[]>;
  /** `againInMs`: when it is tried again; null for never. */
  settle(delivery: Delivery, problem: string | null, againInMs: number | null): Promise<void>;
}

/** As Standard Webhooks writes them: 192 random bits. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`;
}

/**
 * The headers that say whose message it is and when it was sent: https://www.standardwebhooks.com, with a symmetric key.
 * `sentAt`: in ms since 1970.
 */
export function signedHeaders(secret: string, id: string, sentAt: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(sentAt / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
