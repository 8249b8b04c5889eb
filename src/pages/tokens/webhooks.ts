import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { ApiTokenStore } from '../../core/api-tokens.js';
import { isStepError } from '../../core/errors.js';
import { MOST_WEBHOOKS_OF_ALL, newWebhookSecret } from '../../core/webhooks.js';
import { ensureVisitor, visitorOf } from '../../http/session.js';
import type { PageDeps, PageWebhooks } from '../deps.js';
import { countKept } from '../starts.js';
import { MAX_WEBHOOK_URL, sendTokens } from './show.js';

/** Has a visitor told of the runs that end, and shows the secret of the messages, once. */
export function webhookCreate(deps: PageDeps, tokens: ApiTokenStore, webhooks: PageWebhooks): RequestHandler {
  return async (req, res) => {
    const typed = typeof req.body.url === 'string' ? req.body.url.trim() : '';
    const url = addressOf(typed, webhooks);
    if (url === null) return sendTokens(deps, tokens, req, res, { wrongUrl: typed });
    await countKept(deps, req);
    const id = randomBytes(16).toString('base64url');
    const secret = newWebhookSecret();
    const sealed = webhooks.secretBox.seal(secret);
    const kept = { id, visitorId: ensureVisitor(req), url, secret: sealed };
    const isKept = await webhooks.store.add(kept, MOST_WEBHOOKS_OF_ALL);
    await sendTokens(deps, tokens, req, res, { secret: isKept ? secret : null });
  };
}

/** Nothing is told there any more, nor what was still to be sent. */
export function webhookRemove(webhooks: PageWebhooks): RequestHandler {
  return async (req, res) => {
    const visitorId = visitorOf(req);
    if (visitorId !== null) await webhooks.store.remove(visitorId, String(req.body.webhook));
    res.redirect(303, res.locals.tobiishi.paths.tokens);
  };
}

/** As the URL standard writes it; null for what is no address of the web, or one where nothing is sent. */
function addressOf(typed: string, { check }: PageWebhooks): string | null {
  if (typed.length > MAX_WEBHOOK_URL || !/^https?:\/\//i.test(typed)) return null;
  try {
    const { href, username, password } = new URL(typed);
    check(href);
    return username === '' && password === '' ? href : null;
  } catch (error) {
    if (isStepError(error) || error instanceof TypeError) return null;
    throw error;
  }
}
