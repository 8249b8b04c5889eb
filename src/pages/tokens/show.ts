import type { Request, RequestHandler, Response } from 'express';
import { type ApiToken, type ApiTokenStore, MOST_TOKENS } from '../../core/api-tokens.js';
import { csrfToken } from '../../http/csrf.js';
import { saveSession, visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { sendPage } from '../send.js';

interface TokensView {
  readonly token: string;
  readonly tokens: readonly ListedToken[];
  /** A new one, which is shown this once. */
  readonly made: string | null;
  /** Whether there may be one more. */
  readonly mayMake: boolean;
  readonly mostLabel: number;
  /** Where the site is found: for the example. */
  readonly site: string;
}

interface ListedToken extends Pick<ApiToken, 'hash' | 'label'> {
  readonly created: { readonly iso: string; readonly date: string };
  /** How long ago; null when it was never used. */
  readonly used: string | null;
}

/** In characters. */
export const MAX_LABEL = 60;

/** The visitor's tokens, and the form for another one. */
export function tokensShow(deps: PageDeps, tokens: ApiTokenStore): RequestHandler {
  return (req, res) => sendTokens(deps, tokens, req, res, null);
}

/** `made`: a new one, which is shown this once. */
export async function sendTokens(
  { clock, siteUrl }: PageDeps,
  store: ApiTokenStore,
  req: Request,
  res: Response,
  made: string | null,
): Promise<void> {
  const { words, paths } = res.locals.tobiishi;
  const visitorId = visitorOf(req);
  const all = visitorId === null ? [] : await store.list(visitorId);
  const token = csrfToken(req);
  await saveSession(req);
  res.setHeader('Cache-Control', 'no-store');
  await sendPage<TokensView>(res, 'tokens', {
    title: words.t('tokens.title'),
    here: paths.tokens,
    data: {
      token,
      made,
      mayMake: all.length < MOST_TOKENS,
      mostLabel: MAX_LABEL,
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
