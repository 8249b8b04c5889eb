/** A page that moves on later than this is meant to be read first. */
const LONGEST_REFRESH_SECONDS = 30;

/**
 * The address in the `Refresh` header or the content of `<meta http-equiv=refresh>`, as the HTML standard reads it
 * (https://html.spec.whatwg.org/#shared-declarative-refresh-steps). Null when it names none, or a later time than a
 * redirect has.
 */
export function refreshAddress(content: string): string | null {
  const [, seconds = '', rest] =
    /^[\t\n\f\r ]*(\d*)[\d.]*(?:[\t\n\f\r ]*[;,]|[\t\n\f\r ])([\s\S]*)$/.exec(content) ?? [];
  if (rest === undefined || (seconds === '' && !/^[\t\n\f\r ]*\./.test(content))) return null;
  if (Number(seconds) > LONGEST_REFRESH_SECONDS) return null;
  const address = rest.replace(/^[\t\n\f\r ]*(?:url[\t\n\f\r ]*=[\t\n\f\r ]*)?/i, '');
  const quoted = /^(["'])([\s\S]*?)(?:\1|$)/.exec(address);
  return (quoted ? quoted[2] : address)?.trim() || null;
}
