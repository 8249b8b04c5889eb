import type { Cookies } from './cookies.js';
import type { HeaderFields } from './header-fields.js';

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

/** Somebody who keeps cookies, as every browser does. */
export class CookieKeeper implements Identity {
  constructor(private readonly cookies: Cookies) {}

  get changes(): number {
    return this.cookies.changes;
  }

  get added(): number {
    return this.cookies.added;
  }

  async headersFor(url: URL): Promise<Readonly<Record<string, string>>> {
    const cookie = await this.cookies.headerFor(url);
    return cookie === null ? {} : { cookie };
  }

  async received(url: URL, fields: HeaderFields): Promise<void> {
    await this.cookies.take(url, fields.all('set-cookie'));
  }
}
