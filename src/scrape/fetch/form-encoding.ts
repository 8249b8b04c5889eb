import { randomUUID } from 'node:crypto';
import { exodusWhatwg } from '../packages.js';
import type { Entry } from './form-entries.js';

/** Each character of `body` is a byte. */
export interface EncodedForm {
  /** `Content-Type` */
  readonly type: string;
  readonly body: string;
}

/** https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set */
const STAYS_NOT = ` !"#$%&'()+,/:;<=>?@[\\]^\`{|}~`;

/** `enctype`: as the form says; what it may not say is as if it said nothing. */
export function encodedForm(entries: readonly Entry[], enctype: string, encoding: string): EncodedForm {
  const pairs = entries.map((entry) => ({ ...entry, name: lined(entry.name), value: lined(entry.value) }));
  const bytes = (text: string) => bytesOf(text, encoding);
  switch (enctype) {
    case 'multipart/form-data': {
      const boundary = `----Tobiishi${randomUUID()}`;
      const parts = pairs.map(({ name, value, isFile = false }) => {
        const quoted = bytes(name).replaceAll('\r\n', '%0D%0A').replaceAll('"', '%22');
        const file = isFile ? '; filename=""\r\nContent-Type: application/octet-stream' : '';
        return `--${boundary}\r\nContent-Disposition: form-data; name="${quoted}"${file}\r\n\r\n${bytes(value)}\r\n`;
      });
      return { type: `${enctype}; boundary=${boundary}`, body: `${parts.join('')}--${boundary}--\r\n` };
    }
    case 'text/plain':
      return { type: enctype, body: pairs.map(({ name, value }) => `${bytes(name)}=${bytes(value)}\r\n`).join('') };
    default:
      return { type: 'application/x-www-form-urlencoded', body: urlEncoded(pairs, encoding) };
  }
}

function urlEncoded(entries: readonly Entry[], encoding: string): string {
  if (encoding === 'utf-8')
    return new URLSearchParams(entries.map(({ name, value }): [string, string] => [name, value])).toString();
  const { percentEncodeAfterEncoding } = exodusWhatwg();
  const encode = (text: string) => percentEncodeAfterEncoding(encoding, text, STAYS_NOT, true);
  return entries.map(({ name, value }) => `${encode(name)}=${encode(value)}`).join('&');
}

/** Characters that the encoding lacks become `&#N;`. */
function bytesOf(text: string, encoding: string): string {
  if (encoding === 'utf-8') return Buffer.from(text).toString('latin1');
  const encoded = exodusWhatwg().percentEncodeAfterEncoding(encoding, text, '%');
  return encoded.replace(/%([\dA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function lined(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}
