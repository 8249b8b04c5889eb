import { knownEncoding } from '../encoding/decode.js';
import { webAddress } from '../read/address.js';
import { parseForms } from '../read/forms.js';
import { ownValue } from '../read/selectors/attributes.js';
import { isDisabled } from '../read/selectors/form-fields.js';
import type { Element } from '../read/selectors/nodes.js';
import { isSubmit } from '../read/selectors/states.js';
import { encodedForm } from './form-encoding.js';
import { entriesOf } from './form-entries.js';

/** A form as it is to be sent. */
export interface FilledForm {
  /** Absolute, in normal form. */
  readonly action: string;
  readonly method: 'GET' | 'POST';
  /** `Content-Type` */
  readonly type: string;
  /** Each character is a byte. */
  readonly body: string;
}

export interface FormPage {
  readonly text: string;
  readonly url: string;
  /** By the encoding standard's name. */
  readonly encoding: string;
}

/**
 * The form of a page that has all of these fields, filled in as a browser would
 * (https://html.spec.whatwg.org/#form-submission-algorithm). Null when there is none: then nobody is asked to log in there.
 */
export function fillForm(page: FormPage, typed: ReadonlyMap<string, string>): FilledForm | null {
  const { forms, base } = parseForms(page.text);
  const fit = [...forms].find(([form, fields]) => {
    const names = new Set(fields.map((field) => attribute(field, 'name')));
    return !/^dialog$/i.test(attribute(form, 'method')) && [...typed.keys()].every((name) => names.has(name));
  });
  if (fit === undefined) return null;
  const [form, fields] = fit;
  const button = fields.find((field) => isSubmit(field) && !isDisabled(field)) ?? null;
  // What the button says of the form is stronger.
  const said = (name: string) =>
    (button && ownValue(button.attribs, `form${name}`)) ?? ownValue(form.attribs, name) ?? '';
  const baseUrl = webAddress(base ?? '', page.url)?.href ?? page.url;
  const action = webAddress(said('action').trim() || page.url, baseUrl, page.encoding);
  if (action === null) return null;
  const encoding = encodingOf(attribute(form, 'accept-charset'), page.encoding);
  const entries = entriesOf(fields, { typed, button, encoding });
  const method = /^post$/i.test(said('method')) ? 'POST' : 'GET';
  return { action: action.href, method, ...encodedForm(entries, said('enctype').toLowerCase(), encoding) };
}

/** Whether a page asks for a password in a form with these fields. */
export function asksForLogin(page: FormPage, typed: ReadonlyMap<string, string>): boolean {
  if (!/type\s*=\s*["']?password/i.test(page.text)) return false;
  return fillForm(page, typed) !== null;
}

/** Of several that the form takes the first that there is; nothing is sent in UTF-16. */
function encodingOf(accepted: string, ofPage: string): string {
  const [first = ofPage] = accepted.split(/[\t\n\f\r ]+/).flatMap((label) => knownEncoding(label) ?? []);
  return first.startsWith('utf-16') ? 'utf-8' : first;
}

function attribute({ attribs }: Element, name: string): string {
  return ownValue(attribs, name) ?? '';
}
