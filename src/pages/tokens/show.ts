import type { Request, RequestHandler, Response } from 'express';
import { type ApiToken, type ApiTokenStore, MOST_TOKENS, UNUSED_KEPT_DAYS } from '../../core/api-tokens.js';
import { MOST_WEBHOOKS, type Webhook } from '../../core/webhooks.js';
import { csrfToken } from '../../http/csrf.js';
import { sendJson, wantsJson } from '../../http/json.js';
import { saveSession, visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';

interface TokensView {
  readonly token: string;
  readonly tokens: readonly ListedToken[];
  /** A new token, or a secret that signs messages, which is shown this once. */
  readonly made: Made;
  /** Null where nobody can be told of runs. */
  readonly webhooks: readonly ListedWebhook[] | null;
  readonly mayAddWebhook: boolean;
  readonly mostUrl: number;
  /** Whether there may be one more. */
  readonly mayMake: boolean;
  readonly mostLabel: number;
  /** After so many days without any use, tokens and addresses go by themselves. */
  readonly unusedDays: number;
  /** Where the site is found: for the example. */
  readonly site: string;
}

interface ListedToken extends Pick<ApiToken, 'hash' | 'label'> {
  readonly created: { readonly iso: string; readonly date: string };
  /** How long ago; null when it was never used. */
  readonly used: string | null;
}

interface ListedWebhook extends Pick<Webhook, 'id' | 'url' | 'problem'> {
  /** How long ago it was tried; null when it never was. */
  readonly tried: string | null;
}

interface Made {
  readonly token: string | null;
  readonly secret: string | null;
  /** An address as it was typed, which cannot be one. */
  readonly wrongUrl: string | null;
}

const NOTHING: Made = { token: null, secret: null, wrongUrl: null };

/** In characters. */
export const MAX_LABEL = 60;
export const MAX_WEBHOOK_URL = 2000;

/** The visitor's tokens, and the form for another one. */
export function tokensShow(deps: PageDeps, tokens: ApiTokenStore): RequestHandler {
  return (req, res) => sendTokens(deps, tokens, req, res);
}

/** `made`: what came of the form that was sent. */
export async function sendTokens(
  { clock, siteUrl, webhooks }: PageDeps,
  store: ApiTokenStore,
  req: Request,
  res: Response,
  made: Partial<Made> = {},
): Promise<void> {
  const { words, paths } = res.locals.tobiishi;
  const visitorId = visitorOf(req);
  const all = visitorId === null ? [] : await store.list(visitorId);
  const told = webhooks === null || visitorId === null ? [] : await webhooks.store.list(visitorId);
  if (wantsJson(req)) return sendTokensJson(res, all, webhooks === null ? null : told, { ...NOTHING, ...made });
  const token = csrfToken(req);
  await saveSession(req);
  res.setHeader('Cache-Control', 'no-store');
  await sendPage<TokensView>(res, 'tokens', {
    title: made.wrongUrl ? words.t('form.errorTitle', { title: words.t('tokens.title') }) : words.t('tokens.title'),
    here: paths.tokens,
    status: (made.wrongUrl ?? null) === null ? 200 : 422,
    data: {
      token,
      made: { ...NOTHING, ...made },
      webhooks:
        webhooks &&
        told.map(({ id, url, problem, triedAt }) => ({
          id,
          url,
          problem,
          tried: triedAt === null ? null : words.ago(Math.max(0, clock.now() - triedAt)),
        })),
      mayAddWebhook: told.length < MOST_WEBHOOKS,
      mostUrl: MAX_WEBHOOK_URL,
      mayMake: all.length < MOST_TOKENS,
      mostLabel: MAX_LABEL,
      unusedDays: UNUSED_KEPT_DAYS,
      site: `${siteUrl ?? `${req.protocol}://${req.host}`}${paths.home}`,
      tokens: all.map(({ hash, label, createdAt, usedAt }) => ({
        hash,
        label,
        created: { iso: new Date(createdAt).toISOString(), date: words.date(createdAt) },
        used: usedAt === null ? null : words.ago(Math.max(0, clock.now() - usedAt)),
      })),
    },
  });
}

/** The page for programs. Times are in ms since 1970. */
export interface TokensJson {
  /** One that was made now, and is shown this once. */
  readonly token: string | null;
  /** Of a webhook that was made now, likewise. */
  readonly secret: string | null;
  readonly tokens: readonly Pick<ApiToken, 'hash' | 'label' | 'createdAt' | 'usedAt'>[];
  /** Null where nobody can be told of runs. */
  readonly webhooks: readonly Pick<Webhook, 'id' | 'url' | 'createdAt' | 'triedAt' | 'problem'>[] | null;
}

function sendTokensJson(
  res: Response,
  tokens: readonly ApiToken[],
  webhooks: readonly Webhook[] | null,
  { token, secret, wrongUrl }: Made,
): void {
  const { words } = res.locals.tobiishi;
  if (wrongUrl !== null) {
    return void sendJson(res, { error: 'bad-request', message: words.t('webhooks.wrong') }, 422);
  }
  const json: TokensJson = {
    token,
    secret,
    tokens: tokens.map(({ hash, label, createdAt, usedAt }) => ({ hash, label, createdAt, usedAt })),
    webhooks:
      webhooks?.map(({ id, url, createdAt, triedAt, problem }) => ({ id, url, createdAt, triedAt, problem })) ?? null,
  };
  sendJson(res, json);
}
