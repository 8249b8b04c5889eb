import { cheerio, exodusWhatwg } from '../packages.js';
import { webAddress } from '../read/address.js';
import { parseMarkup } from '../read/markup.js';

/** A form as it is to be sent. */
export interface FilledForm {
  /** Absolute, in normal form. */
  readonly action: string;
  readonly method: 'GET' | 'POST';
  /** `application/x-www-form-urlencoded` */
  readonly body: string;
}

export interface FormPage {
  readonly text: string;
  readonly url: string;
  /** By the encoding standard's name. */
  readonly encoding: string;
}

/** https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set */
const STAYS_NOT = ` !"#$%&'()+,/:;<=>?@[\\]^\`{|}~`;

/** What a browser would send besides what a person types: hidden fields, ticked boxes, chosen options, one button. */
const SENT =
  'input:not([type=submit]):not([type=image]):not([type=button]):not([type=reset]):not([type=file]), textarea, select';

/**
 * The form of a page that has all of these fields, filled in as a browser would. Null when there is none: then nobody
 * is asked to log in there.
 */
export function fillForm({ text, url, encoding }: FormPage, typed: ReadonlyMap<string, string>): FilledForm | null {
  const $ = cheerio().load(parseMarkup(text, 'html'));
  const form = $('form')
    .toArray()
    .find((each) => {
      const names = new Set(
        $(each)
          .find('[name]')
          .toArray()
          .map((field) => $(field).attr('name')),
      );
      return [...typed.keys()].every((name) => names.has(name));
    });
  if (form === undefined) return null;
  const base = webAddress($('base[href]').attr('href') ?? '', url)?.href ?? url;
  const action = webAddress($(form).attr('action')?.trim() || url, base, encoding);
  if (action === null) return null;
  const pairs: [string, string][] = [];
  for (const field of $(form).find(SENT).toArray()) {
    const name = $(field).attr('name');
    if (name === undefined || name === '' || typed.has(name) || $(field).is('[disabled]')) continue;
    const isBox = /^(checkbox|radio)$/i.test($(field).attr('type') ?? '');
    if (isBox && !$(field).is('[checked]')) continue;
    const value = $(field).val() ?? (isBox ? 'on' : '');
    pairs.push([name, Array.isArray(value) ? (value[0] ?? '') : value]);
  }
  pairs.push(...typed);
  const button = $(form).find('button[name]:not([type=button]):not([type=reset]), input[type=submit][name]').first();
  const name = button.attr('name');
  if (name !== undefined && !typed.has(name)) pairs.push([name, button.attr('value') ?? '']);
  const method = /^post$/i.test($(form).attr('method') ?? '') ? 'POST' : 'GET';
  return { action: action.href, method, body: urlEncoded(pairs, encoding) };
}

/** Whether a page asks for a password in a form with these fields. */
export function asksForLogin(page: FormPage, typed: ReadonlyMap<string, string>): boolean {
  if (!/type\s*=\s*["']?password/i.test(page.text)) return false;
  return fillForm(page, typed) !== null;
}

function urlEncoded(pairs: readonly (readonly [string, string])[], encoding: string): string {
  const isUnicode = encoding.startsWith('utf-');
  if (isUnicode) return new URLSearchParams(pairs as [string, string][]).toString();
  const { percentEncodeAfterEncoding } = exodusWhatwg();
  const encode = (text: string) => percentEncodeAfterEncoding(encoding, text, STAYS_NOT, true);
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}
