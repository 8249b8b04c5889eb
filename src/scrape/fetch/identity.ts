import { type Cookies, type Seed, siteOf } from './cookies.js';
import type { HeaderFields } from './header-fields.js';
import { type PastedCookie, parseCookies, parseHeaders, parsePasswords } from './visitor-secrets.js';

/** As whom pages are asked for: what is sent beside what every request has, and what answers make of it. */
export interface Identity {
  /** How often the cookies have changed. */
  readonly changes: number;
  /** How often a cookie came that was not there before. */
  readonly added: number;
  /** Header fields for a request to that address, names in lower case. */
  headersFor(url: URL): Promise<Readonly<Record<string, string>>>;
  /** Told of every answer. */
  received(url: URL, fields: HeaderFields): Promise<void>;
}

/** What the visitor says of whom pages are to be asked for as. All of it but the language is secret. */
export interface VisitorSecrets {
  /** The first address that is asked, whose site gets the headers and the cookies; null when there is none. */
  readonly start: string | null;
  /** `Accept-Language`, for everybody; empty: none. */
  readonly language: string;
  /** As `parseHeaders` reads them. */
  readonly headers: string;
  /** As `parseCookies` reads them. */
  readonly cookies: string;
  /** As `parsePasswords` reads them. */
  readonly passwords: string;
}

/** Somebody who keeps cookies, as every browser does, and shows to a site what the visitor has given for it. */
export class VisitorIdentity implements Identity {
  constructor(
    private readonly cookies: Cookies,
    private readonly given: GivenHeaders,
  ) {
    cookies.seed(given.cookies);
  }

  get changes(): number {
    return this.cookies.changes;
  }

  get added(): number {
    return this.cookies.added;
  }

  async headersFor(url: URL): Promise<Readonly<Record<string, string>>> {
    const { language, own, headers, passwords } = this.given;
    const cookie = await this.cookies.headerFor(url);
    const authorization = passwords.get(url.origin);
    return {
      ...(language !== '' && { 'accept-language': language }),
      ...(own !== null && isWithin(own, url) && headers),
      ...(authorization !== undefined && { authorization }),
      ...(cookie !== null && { cookie }),
    };
  }

  async received(url: URL, fields: HeaderFields): Promise<void> {
    await this.cookies.take(url, fields.all('set-cookie'));
  }
}

/** What a visitor gave, ready to be sent. */
export interface GivenHeaders {
  readonly language: string;
  readonly own: URL | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly passwords: ReadonlyMap<string, string>;
  readonly cookies: readonly Seed[];
}

export function givenHeaders({ start, language, headers, cookies, passwords }: VisitorSecrets): GivenHeaders {
  const own = start === null ? null : new URL(start);
  const { cookie = '', ...others } = parseHeaders(headers).headers;
  const pasted = [...parseCookies(cookie), ...parseCookies(cookies)];
  return {
    language: language.trim(),
    own,
    headers: others,
    passwords: parsePasswords(passwords),
    // A cookie of a third site is nobody's business here.
    cookies: pasted.flatMap((each) => (own === null ? [] : seedOf(each, own))),
  };
}

function seedOf({ name, value, domain }: PastedCookie, own: URL): Seed[] {
  const site = siteOf(own);
  const isOwn = domain === null || domain === site || domain.endsWith(`.${site}`);
  // Where from the site it is asked: the browser's header does not say.
  return isOwn ? [{ url: own, name, value, domain: domain ?? site }] : [];
}

/** Whether an address is of the same site, and as well kept from listeners. */
function isWithin(own: URL, url: URL): boolean {
  return siteOf(own) === siteOf(url) && (own.protocol !== 'https:' || url.protocol === 'https:');
}
