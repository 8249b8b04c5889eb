import { toughCookie } from '../packages.js';
import type { Problem } from '../read/problem.js';

/** Set by the program itself, because answers could not be read otherwise or the host would be deceived. */
const NOT_FOR_VISITORS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What a header can carry: no control character but tabs, and Latin letters at most. */
const VALUE = /^[\t\x20-\x7e\xa0-\xff]*$/;

export interface ParsedHeaders {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/** Header fields, one a line: `Name: value`. A problem never repeats a value: it is a secret. */
export function parseHeaders(text: string): ParsedHeaders {
  const headers: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [index, whole] of text.split(/\r\n|\n|\r/).entries()) {
    const line = whole.trim();
    if (line === '') continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const isFine = NAME.test(name) && VALUE.test(value) && !NOT_FOR_VISITORS.has(name);
    if (isFine) headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
    else problems.push(badHeader(index + 1, name));
  }
  return { headers, problems };
}

function badHeader(line: number, name: string): Problem {
  if (NOT_FOR_VISITORS.has(name)) {
    const message = `Line ${line}: "${name}" is set by the program itself.`;
    return { code: 'header-reserved', message, line, params: { name } };
  }
  const message = `Line ${line}: write a header as "Name: value".`;
  return { code: 'bad-header', message, line, params: {} };
}

/** A cookie that the visitor's browser has. */
export interface PastedCookie {
  readonly name: string;
  readonly value: string;
  /** Null: of the site that is asked first. */
  readonly domain: string | null;
}

/**
 * Cookies as people copy them from a browser: the header `Cookie` with or without its name, lines of a `cookies.txt`
 * (https://curl.se/docs/http-cookies.html), or the JSON that extensions export. What is none is passed over.
 */
export function parseCookies(text: string): PastedCookie[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) return cookiesOfJson(trimmed);
  return trimmed.split(/\r\n|\n|\r/).flatMap((line): PastedCookie[] => {
    const fields = line.replace(/^#HttpOnly_/, '').split('\t');
    if (fields.length >= 7 && !line.startsWith('# ')) {
      const [domain = '', , , , , name = '', value = ''] = fields;
      return [{ name, value, domain: domain.replace(/^\./, '') }];
    }
    if (line.startsWith('#')) return [];
    return line
      .replace(/^\s*cookie\s*:/i, '')
      .split(';')
      .flatMap((pair) => {
        const cookie = toughCookie().Cookie.parse(pair.trim());
        return cookie ? [{ name: cookie.key, value: cookie.value, domain: null }] : [];
      });
  });
}

function cookiesOfJson(text: string): PastedCookie[] {
  try {
    const list: unknown = JSON.parse(text);
    return (Array.isArray(list) ? list : []).flatMap((each) => {
      const { name, value, domain } = Object(each);
      if (typeof name !== 'string' || typeof value !== 'string') return [];
      return [{ name, value, domain: typeof domain === 'string' ? domain.replace(/^\./, '') : null }];
    });
  } catch {
    return [];
  }
}

/** Fields of a form, one a line: `name=value`. */
export function parseFormFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const equals = line.indexOf('=');
    if (equals > 0) fields.set(line.slice(0, equals).trim(), line.slice(equals + 1));
  }
  return fields;
}

/** Addresses with `user:password@`, one a line: the header `Authorization` of each origin. */
export function parsePasswords(text: string): ReadonlyMap<string, string> {
  const authorizations = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const found = authorizationOf(line.trim());
    if (found) authorizations.set(...found);
  }
  return authorizations;
}

function authorizationOf(address: string): [origin: string, authorization: string] | null {
  try {
    const { origin, username, password } = new URL(address);
    if (username === '' && password === '') return null;
    const bytes = Buffer.from(`${decoded(username)}:${decoded(password)}`);
    return [origin, `Basic ${bytes.toString('base64')}`];
  } catch {
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const WITH_PASSWORD = /\b(https?:\/\/)([^\s/?#@]+)@([^\s/?#]+)/gi;

/** Takes `user:password@` out of the addresses of a text. `passwords`: these addresses, one a line. */
export function withoutPasswords(text: string): { readonly text: string; readonly passwords: string } {
  const passwords: string[] = [];
  const clean = text.replace(WITH_PASSWORD, (whole, scheme: string, _user, host: string) => {
    passwords.push(`${whole}/`);
    return scheme + host;
  });
  return { text: clean, passwords: [...new Set(passwords)].join('\n') };
}
