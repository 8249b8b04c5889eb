import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Marks a sealed text, and the way it was sealed. */
const PREFIX = 'sealed:1:';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps texts from being read where they are stored: AES-256-GCM, with keys made by HKDF from the secrets that also
 * sign sessions. A text is sealed with the newest secret, and opened with any that is still known.
 */
export class SecretBox {
  readonly #keys: readonly Buffer[];

  /** `secrets`: the newest first; at least one. What was sealed for one purpose cannot be opened for another. */
  constructor(secrets: readonly string[], purpose = 'tobiishi secrets') {
    if (secrets.length === 0) throw new TypeError('a SecretBox needs at least one secret');
    this.#keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
  }

  /** The same text is sealed otherwise each time. */
  seal(text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keys[0] as Buffer, iv);
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return PREFIX + sealed.toString('base64url');
  }

  /** Null for what was not sealed here, was changed since, or needs a secret that is known no more. */
  open(sealed: string): string | null {
    if (!isSealed(sealed)) return null;
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
    if (bytes.length < IV_BYTES + TAG_BYTES) return null;
    for (const key of this.#keys) {
      const text = opened(bytes, key);
      if (text !== null) return text;
    }
    return null;
  }
}

/** Whether a text looks like one that was sealed. */
export function isSealed(text: string): boolean {
  return text.startsWith(PREFIX);
}

function opened(bytes: Buffer, key: Buffer): string | null {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    // The tag does not fit: it was another key, or another text.
    return null;
  }
}
