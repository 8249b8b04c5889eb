import { setMaxListeners } from 'node:events';
import { hostOfKey } from '../core/blocks.js';
import type { Clock } from '../core/clock.js';
import { isStepError } from '../core/errors.js';
import type { Notify } from '../core/observer.js';
import type { SecretBox } from '../core/secrets.js';
import type { Store } from '../core/store.js';
import { type Delivery, signedHeaders, type WebhookStore } from '../core/webhooks.js';
import type { Blocks } from '../engine/blocks.js';

/** Sends one request and answers its status. Follows no redirect, and refuses what strangers may not have asked. */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
) => Promise<number>;

export interface WebhooksDeps {
  readonly webhooks: WebhookStore;
  readonly store: Pick<Store, 'findRun'>;
  readonly clock: Clock;
  readonly secretBox: Pick<SecretBox, 'open'>;
  readonly post: Post;
  readonly blocks: Pick<Blocks, 'current'>;
  readonly notify: Notify;
}

const LOOK_EVERY_MS = 2000;
const AT_ONCE = 20;
const ANSWER_WITHIN_MS = 15_000;
/** Whoever has taken a message and says nothing for so long is gone. */
const TAKEN_FOR_MS = 60_000;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** After each attempt that failed; then it is given up. About what the standard proposes: two days in all. */
const AGAIN_AFTER_MS = [
  5000,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  24 * HOUR_MS,
];

/**
 * Tells those who want to know it that a run has ended. A message is in the store from the change that ended the run until it is
 * received, so that it is sent at least once, whichever process dies. Several processes may do this for one store.
 */
export class Webhooks {
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(private readonly deps: WebhooksDeps) {
    setMaxListeners(2 * AT_ONCE, this.#stop.signal);
    this.#ended = this.#look();
  }

  /** What is under way is sent again by whoever looks next. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #look(): Promise<void> {
    const { clock, webhooks, notify } = this.deps;
    const failed = (error: unknown) => notify('fault', { runId: null, during: 'webhooks', error });
    // Each place is filled again as soon as it is free: who answers slowly keeps it for `ANSWER_WITHIN_MS`.
    const underWay = new Set<Promise<void>>();
    while (!this.#stop.signal.aborted) {
      const places = AT_ONCE - underWay.size;
      let taken: readonly Delivery[] = [];
      try {
        taken = await webhooks.takeDue(places, TAKEN_FOR_MS);
      } catch (error) {
        failed(error);
      }
      for (const delivery of taken) {
        const sending = this.#deliver(delivery)
          .catch(failed)
          .finally(() => underWay.delete(sending));
        underWay.add(sending);
      }
      if (taken.length < places) await clock.sleep(LOOK_EVERY_MS, this.#stop.signal).catch(() => {});
      else await Promise.race(underWay);
    }
    await Promise.all(underWay);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { webhooks, store, secretBox } = this.deps;
    const run = await store.findRun(delivery.runId);
    const secret = secretBox.open(delivery.secret);
    // Whoever has deleted the run wants to hear no more of it.
    if (run === null) return webhooks.settle(delivery, null, null);
    if (secret === null) return webhooks.settle(delivery, 'secret-lost', null);
    const { id, job, name, seq, total, rowCount, failedCount } = run;
    const body = JSON.stringify({
      type: `run.${delivery.status}`,
      timestamp: new Date(delivery.endedAt).toISOString(),
      data: { id, job, name, status: delivery.status, seq, total, rowCount, failedCount },
    });
    const problem = await this.#send(delivery, secret, body);
    if (this.#stop.signal.aborted && problem !== null) return;
    const againInMs = problem === null ? null : (AGAIN_AFTER_MS[delivery.attempts - 1] ?? null);
    await webhooks.settle(delivery, problem, againInMs);
  }

  /** Null when it was received, else what was wrong. */
  async #send({ id, url }: Delivery, secret: string, body: string): Promise<string | null> {
    const { clock, post, blocks } = this.deps;
    const blocked = await blocks.current();
    if (blocked.hasHosts && blocked.hasHost(hostOfKey(url))) return 'host-denied';
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    const headers = { ...signedHeaders(secret, id, clock.now(), body), 'content-type': 'application/json' };
    try {
      const status = await post(url, headers, body, signal);
      return status >= 200 && status < 300 ? null : String(status);
    } catch (error) {
      if (isStepError(error)) return error.failure.code;
      const { code, name } = error as NodeJS.ErrnoException;
      return code ?? name;
    }
  }
}
