import { ownValue } from './attributes.js';
import { boundedValue } from './bounds.js';
import { formOf, inside, isDisabled, isWithinRange, NOT_TYPED_IN, top, typeOf } from './form-fields.js';
import { type Element, parentElement, textContent } from './nodes.js';

const has = (element: Element, name: string) => ownValue(element.attribs, name) !== undefined;

/** What can be required: https://html.spec.whatwg.org/#the-required-attribute */
export function isRequired(element: Element): boolean {
  const type = typeOf(element);
  const isAsked = !NOT_TYPED_IN.has(type) || /^(?:checkbox|radio|file)$/.test(type);
  return element.name !== 'button' && isAsked && has(element, 'required');
}

/**
 * Whether what stands in a field would be taken (https://html.spec.whatwg.org/#constraints), or in all fields of a form
 * or group, as the page's source has it. Null for what is not checked.
 */
export function isValid(element: Element): boolean | null {
  const { name } = element;
  if (name === 'form') return !inside(top(element), (each) => isOwned(each) && formOf(each) === element).some(isWrong);
  if (name === 'fieldset') return !inside(element, isOwned).some(isWrong);
  return isChecked(element) ? !isWrong(element) : null;
}

const isOwned = ({ name }: Element) => /^(?:button|input|select|textarea)$/.test(name);

function isChecked(element: Element): boolean {
  if (!isOwned(element) || isDisabled(element)) return false;
  if (element.name === 'button') return !/^(?:button|reset)$/i.test(ownValue(element.attribs, 'type') ?? '');
  if (/^(?:hidden|button|reset|image)$/.test(typeOf(element))) return false;
  const isTyped = element.name === 'textarea' || (element.name === 'input' && !NOT_TYPED_IN.has(typeOf(element)));
  if (isTyped && has(element, 'readonly')) return false;
  for (let at = parentElement(element); at !== null; at = parentElement(at)) if (at.name === 'datalist') return false;
  return true;
}

function isWrong(element: Element): boolean {
  if (!isChecked(element) || element.name === 'button') return false;
  // One of a group asks for all of it.
  const isAsked = typeOf(element) === 'radio' ? groupOf(element).some(isRequired) : isRequired(element);
  return (isAsked && isMissing(element)) || (element.name === 'input' && isMistyped(element));
}

function isMissing(element: Element): boolean {
  if (element.name === 'textarea') return textContent(element).replace(/^\n/, '') === '';
  if (element.name === 'select') return isPlaceholderChosen(element);
  const type = typeOf(element);
  if (type === 'file') return true;
  if (type === 'checkbox') return !has(element, 'checked');
  if (type === 'radio') return !groupOf(element).some((each) => has(each, 'checked'));
  return typedIn(element) === '';
}

function groupOf(radio: Element): readonly Element[] {
  const name = ownValue(radio.attribs, 'name') ?? '';
  const form = formOf(radio);
  if (name === '') return [radio];
  return inside(form ?? top(radio), (each) => {
    return typeOf(each) === 'radio' && ownValue(each.attribs, 'name') === name && formOf(each) === form;
  });
}

/** https://html.spec.whatwg.org/#placeholder-label-option: the first option, without a value. */
function isPlaceholderChosen(select: Element): boolean {
  const options = inside(select, ({ name }) => name === 'option');
  const chosen = options.filter((each) => has(each, 'selected'));
  if (has(select, 'multiple')) return chosen.length === 0;
  const first = options.find((each) => !has(each, 'disabled'));
  const one = chosen.at(-1) ?? (Number(ownValue(select.attribs, 'size') ?? 1) > 1 ? undefined : first);
  if (one === undefined) return true;
  const value = ownValue(one.attribs, 'value') ?? textContent(one).trim();
  return value === '' && one === options[0] && one.parent === select;
}

/** As browsers clean it: what a field of this type cannot hold is not in it. */
function typedIn(element: Element): string {
  const type = typeOf(element);
  const value = (ownValue(element.attribs, 'value') ?? '').replace(/[\r\n]/g, '');
  if (/^(?:email|url)$/.test(type)) return value.trim();
  const isBounded = /^(?:number|date|month|week|time|datetime-local)$/.test(type);
  return isBounded && boundedValue(type, value) === null ? '' : value;
}

/** https://html.spec.whatwg.org/#valid-e-mail-address */
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i;
const WITH_PATTERN = new Set('text search url tel email password'.split(' '));

function isMistyped(element: Element): boolean {
  const type = typeOf(element);
  const value = typedIn(element);
  if (isWithinRange(element) === false) return true;
  if (value === '') return false;
  const several = type === 'email' && has(element, 'multiple') ? value.split(',').map((each) => each.trim()) : [value];
  if (type === 'email' && !several.every((each) => EMAIL.test(each))) return true;
  if (type === 'url' && !/^[a-z][a-z\d+.-]*:[^\s]/i.test(value)) return true;
  if (isBetweenSteps(element, type, value)) return true;
  const pattern = ownValue(element.attribs, 'pattern');
  const isOther = !WITH_PATTERN.has(type) && !NOT_TYPED_IN.has(type) && !/^(?:number|date|month|week|time)/.test(type);
  if (pattern === undefined || !(WITH_PATTERN.has(type) || isOther)) return false;
  try {
    const whole = new RegExp(`^(?:${pattern})$`, 'v');
    return !several.every((each) => whole.test(each));
  } catch {
    // A pattern that is none asks for nothing.
    return false;
  }
}

/** How far apart values are that such a field takes, where nothing else is said; in the units of `boundedValue`. */
const STEPS: Readonly<Record<string, number>> = { number: 1, date: 1, time: 60, 'datetime-local': 60 };

function isBetweenSteps(element: Element, type: string, value: string): boolean {
  const usual = STEPS[type];
  const min = boundedValue(type, ownValue(element.attribs, 'min') ?? '');
  const own = boundedValue(type, value);
  // Without a lower bound they are counted from what the source has.
  if (usual === undefined || min === null || own === null) return false;
  const written = ownValue(element.attribs, 'step') ?? '';
  if (written.toLowerCase() === 'any') return false;
  const step = Number(written) > 0 ? Number(written) : usual;
  const steps = (own - min) / step;
  return Math.abs(steps - Math.round(steps)) > 1e-9 * Math.max(1, Math.abs(steps));
}
