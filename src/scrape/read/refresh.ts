/** What a page asks of its reader's browser: to load an address after a time. */
export interface Refresh {
  readonly seconds: number;
  readonly address: string;
}

/**
 * The `Refresh` header or the content of `<meta http-equiv=refresh>`, as the HTML standard reads it
 * (https://html.spec.whatwg.org/#shared-declarative-refresh-steps). Null when it is none, or names no address.
 */
export function parseRefresh(content: string): Refresh | null {
  // No two parts of the pattern may match the same characters: pages with very many of them would take hours.
  const trimmed = content.replace(/^[\t\n\f\r ]+/, '');
  const [, seconds = '', rest] = /^(\d*)(?:\.[\d.]*)?(?:[\t\n\f\r ]*[;,]|[\t\n\f\r ])([\s\S]*)$/.exec(trimmed) ?? [];
  if (rest === undefined || (seconds === '' && !trimmed.startsWith('.'))) return null;
  const target = rest.replace(/^[\t\n\f\r ]*(?:url[\t\n\f\r ]*=[\t\n\f\r ]*)?/i, '');
  const quoted = /^(["'])([\s\S]*?)(?:\1|$)/.exec(target);
  const address = (quoted ? quoted[2] : target)?.trim();
  return address ? { seconds: Number(seconds), address } : null;
}

/** "You will be taken to the new page in ten seconds." What moves on later is meant to be read first. */
const LONGEST_REDIRECT_SECONDS = 10;
/** A page that loads itself anew, be it with another query, is one that shows what is new, unless it does so at once. */
const LONGEST_RELOAD_SECONDS = 1;

/** Whether a refresh from one address to another is a redirect, and not a page that a person would read. */
export function isRedirect(seconds: number, from: URL, to: URL): boolean {
  const isReload = from.origin === to.origin && withoutSession(from.pathname) === withoutSession(to.pathname);
  return seconds <= (isReload ? LONGEST_RELOAD_SECONDS : LONGEST_REDIRECT_SECONDS);
}

/** Java's servers write the session into the path, behind a semicolon. */
function withoutSession(path: string): string {
  return path.replace(/;[^/]*/g, '');
}
