import { isStepError, type StepContext } from '../../index.js';
import type { Fetcher } from '../fetch/fetch.js';
import { type GivenHeaders, givenHeaders, VisitorIdentity } from '../fetch/identity.js';
import type { LoadedPage } from '../fetch/load-page.js';
import { Login } from '../fetch/login.js';
import type { PoliteRequests } from '../fetch/polite-requests.js';
import { parseFormFields, withoutPasswords } from '../fetch/visitor-secrets.js';
import type { ScrapeDeps } from './deps.js';
import type { ScrapeInput } from './input.js';
import { firstStart } from './start-pages.js';

type Context = StepContext<ScrapeInput>;

/** Of inputs that are in use: the steps of a slice share one, and a list of start pages can be long. */
const given = new WeakMap<ScrapeInput, GivenHeaders>();

/** As whom the pages of a run are asked for. */
export function identityOf({ cookieJars }: Pick<ScrapeDeps, 'cookieJars'>, context: Context): VisitorIdentity {
  const { input } = context;
  const headers = given.get(input) ?? givenBy(input);
  given.set(input, headers);
  return new VisitorIdentity(cookieJars.of(context), headers);
}

function givenBy(typed: ScrapeInput): GivenHeaders {
  // A preview is given what was typed, as it is.
  const input = withSecretsApart(typed);
  const { language = '', headers = '', cookies = '', passwords = '' } = input;
  const hasOwn = [headers, cookies].some((text) => text.trim() !== '');
  return givenHeaders({ start: hasOwn ? firstStart(input) : null, language, headers, cookies, passwords });
}

/** Null for a run that does not log in. */
export function loginOf(
  { fetcher, pool }: Pick<ScrapeDeps, 'fetcher' | 'pool'>,
  context: Context,
  politeness: PoliteRequests,
  identity: VisitorIdentity,
): Login | null {
  const { login = '', loginFields = '' } = context.input;
  if (login.trim() === '') return null;
  const fields = parseFormFields(loginFields);
  return new Login({ fetcher, pool, politeness, identity, context, address: login.trim(), fields });
}

export type HopFetcher = Pick<Fetcher, 'fetchHop'>;

/** Loads a page as somebody who is logged in, and logs in again when that turns out to be lost. */
export async function loadLoggedIn(
  login: Login | null,
  fetcher: HopFetcher,
  url: string,
  load: (fetcher: HopFetcher) => Promise<LoadedPage | URL>,
): Promise<LoadedPage | URL> {
  if (!login?.concerns(new URL(url))) return load(fetcher);
  await login.ensure();
  let isLost = false;
  const watched: HopFetcher = {
    async fetchHop(address, options) {
      const result = await fetcher.fetchHop(address, options);
      isLost ||= await login.isLost(result);
      return result;
    },
  };
  const result = await load(watched).catch((error: unknown) => {
    if (!isStepError(error) || error.failure.params['status'] !== 401) throw error;
    isLost = true;
    return null;
  });
  if (result !== null && !isLost) return result;
  await login.again();
  return load(fetcher);
}

/** What a run keeps: passwords in addresses are secrets, and stand where secrets are kept. */
export function withSecretsApart(input: ScrapeInput): ScrapeInput {
  const urls = withoutPasswords(input.urls);
  const sitemap = withoutPasswords(input.sitemap);
  const login = withoutPasswords(input.login ?? '');
  const passwords = [input.passwords, urls.passwords, sitemap.passwords, login.passwords].filter(Boolean).join('\n');
  return { ...input, urls: urls.text, sitemap: sitemap.text, login: login.text, passwords };
}
