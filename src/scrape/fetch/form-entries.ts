import { ownValue } from '../read/selectors/attributes.js';
import { inside, isDisabled, typeOf } from '../read/selectors/form-fields.js';
import { type Element, parentElement, textContent } from '../read/selectors/nodes.js';
import { isSelected, isSubmit } from '../read/selectors/states.js';

/** A name and a value as a form sends them. */
export interface Entry {
  readonly name: string;
  readonly value: string;
  /** No file was chosen. */
  readonly isFile?: boolean;
}

export interface Filling {
  /** By the names of fields. */
  readonly typed: ReadonlyMap<string, string>;
  /** What the form is sent by; null when it has no button. */
  readonly button: Element | null;
  /** By the encoding standard's name. */
  readonly encoding: string;
}

/** What a form sends: https://html.spec.whatwg.org/#constructing-the-form-data-set */
export function entriesOf(fields: readonly Element[], { typed, button, encoding }: Filling): Entry[] {
  const typedIn = new Map<Element, string>();
  for (const [name, value] of typed) {
    const named = fields.filter((field) => nameOf(field) === name && !isButton(field));
    // A hidden one stands beside a box for when that is not ticked.
    const field = named.find((each) => typeOf(each) !== 'hidden') ?? named[0];
    if (field !== undefined) typedIn.set(field, value);
  }
  return fields.flatMap((field) => {
    const name = nameOf(field);
    const value = typedIn.get(field);
    if (value !== undefined) return { name, value };
    if (isDisabled(field) || isInList(field)) return [];
    if (isButton(field)) return field === button ? ofButton(field, name) : [];
    // Of choices that go by one name, only what was typed.
    if (name === '' || (isBox(field) && typed.has(name))) return [];
    return valuesOf(field, fields, encoding).map((each) => ({ name, value: each, isFile: typeOf(field) === 'file' }));
  });
}

function valuesOf(field: Element, fields: readonly Element[], encoding: string): string[] {
  if (field.name === 'select') {
    const isSent = (each: Element) => each.name === 'option' && isSelected(each) && !isDisabled(each);
    return inside(field, isSent).map((each) => ownValue(each.attribs, 'value') ?? collapsed(textContent(each)));
  }
  if (field.name === 'textarea') return [textContent(field)];
  const value = ownValue(field.attribs, 'value');
  const type = typeOf(field);
  if (isBox(field)) return isTicked(field, fields) ? [value ?? 'on'] : [];
  if (type === 'file') return [''];
  if (type === 'hidden') return [/^_charset_$/i.test(nameOf(field)) ? encoding.toUpperCase() : (value ?? '')];
  return [(value ?? '').replace(/[\r\n]/g, '')];
}

/** Of those that go by one name, the last. */
function isTicked(field: Element, fields: readonly Element[]): boolean {
  const isMarked = (each: Element) => ownValue(each.attribs, 'checked') !== undefined;
  if (typeOf(field) === 'checkbox') return isMarked(field);
  const group = fields.filter((each) => typeOf(each) === 'radio' && nameOf(each) === nameOf(field));
  return group.findLast(isMarked) === field;
}

function ofButton(button: Element, name: string): Entry[] {
  const type = typeOf(button);
  if (type === 'image') return ['x', 'y'].map((each) => ({ name: name === '' ? each : `${name}.${each}`, value: '0' }));
  const unsaid = type === 'submit' ? 'Submit' : '';
  return name === '' ? [] : [{ name, value: ownValue(button.attribs, 'value') ?? unsaid }];
}

function nameOf({ attribs }: Element): string {
  return ownValue(attribs, 'name') ?? '';
}

function isButton(field: Element): boolean {
  return field.name === 'button' || isSubmit(field) || /^(button|reset)$/.test(typeOf(field));
}

function isBox(field: Element): boolean {
  return /^(checkbox|radio)$/.test(typeOf(field));
}

function isInList(field: Element): boolean {
  for (let at = parentElement(field); at !== null; at = parentElement(at)) if (at.name === 'datalist') return true;
  return false;
}

function collapsed(text: string): string {
  return text.replace(/[\t\n\f\r ]+/g, ' ').trim();
}
