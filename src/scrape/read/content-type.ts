/** How a page is to be read. */
export type Kind = 'html' | 'xhtml' | 'xml' | 'text';

export interface MediaType {
  /** Lower-case, without parameters; empty when the answer named none. */
  readonly essence: string;
  readonly charset: string | null;
}

export function parseMediaType(contentType: string): MediaType {
  const essence = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  const charset = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType);
  return { essence, charset: charset?.[1] ?? charset?.[2] ?? null };
}

/** Null for what is no page. No type at all counts as HTML, as in browsers; `looksBinary` then has a say. */
export function kindOf({ essence }: MediaType): Kind | null {
  if (essence === '' || essence === 'text/html') return 'html';
  if (essence === 'application/xhtml+xml') return 'xhtml';
  if (/^(text|application)\/xml$|\+xml$/.test(essence)) return 'xml';
  return essence.startsWith('text/') ? 'text' : null;
}

const SNIFFED_BYTES = 1445;

/** Bytes that no text has, as browsers judge it: https://mimesniff.spec.whatwg.org/#binary-data-byte */
export function looksBinary(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe);
  if (isUtf16) return false;
  return bytes
    .subarray(0, SNIFFED_BYTES)
    .some((byte) => byte <= 8 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f));
}
