import { ownValue } from './attributes.js';
import { mayHaveBounds } from './bounds.js';
import {
  formOf,
  inside,
  isDisabled,
  isInDisabledGroup,
  isWithinRange,
  NOT_TYPED_IN,
  top,
  typeOf,
} from './form-fields.js';
import { type AnyNode, type Element, nextElement, parentElement, previousElement, textContent } from './nodes.js';
import type { Page } from './page.js';
import { placeOf } from './places.js';
import { isRequired, isValid } from './validity.js';

/** Whether an element is in the state that a pseudo-class without brackets names, as the page's source has it. */
export function isInState(element: Element, state: string, page: Page): boolean {
  return STATES[state]?.(element, page) ?? false;
}

type State = (element: Element, page: Page) => boolean;

const has = (element: Element, name: string) => ownValue(element.attribs, name) !== undefined;
const isOneOf = (...names: string[]) => {
  const set = new Set(names);
  return ({ name }: Element) => set.has(name);
};
const isOptional = isOneOf('button', 'input', 'select', 'textarea');

const STATES: Readonly<Record<string, State>> = {
  root: (element, page) => element === page.rootElement,
  empty: ({ children }) => (children as AnyNode[]).every(isNothing),
  'first-child': (element) => previousElement(element) === null,
  'last-child': (element) => nextElement(element) === null,
  'only-child': (element) => previousElement(element) === null && nextElement(element) === null,
  'first-of-type': isFirst('nth-of-type'),
  'last-of-type': isFirst('nth-last-of-type'),
  'only-of-type': (element, page) =>
    isFirst('nth-of-type')(element, page) && isFirst('nth-last-of-type')(element, page),
  'any-link': isLink,
  link: isLink,
  '-webkit-any-link': isLink,
  enabled: html((element) => canBeDisabled(element) && !isDisabled(element)),
  disabled: html((element) => canBeDisabled(element) && isDisabled(element)),
  'read-write': html(isWritable),
  'read-only': html((element) => !isWritable(element)),
  'placeholder-shown': html(showsPlaceholder),
  default: html(isDefault),
  checked: html(isChecked),
  indeterminate: html(isIndeterminate),
  'in-range': html((element) => isWithinRange(element) === true),
  'out-of-range': html((element) => isWithinRange(element) === false),
  required: html((element) => isOptional(element) && isRequired(element)),
  optional: html((element) => isOptional(element) && !isRequired(element)),
  valid: html((element) => isValid(element) === true),
  invalid: html((element) => isValid(element) === false),
  defined: (element, page) => !page.isHtml(element) || isDefined(element),
  open: html((element) => /^(details|dialog)$/.test(element.name) && has(element, 'open')),
  muted: html((element) => /^(audio|video)$/.test(element.name) && has(element, 'muted')),
  // Nothing plays by itself here.
  paused: html(isOneOf('audio', 'video')),
};

function html(state: (element: Element) => boolean): State {
  return (element, page) => page.isHtml(element) && state(element);
}

function isFirst(name: 'nth-of-type' | 'nth-last-of-type'): State {
  return (element, page) => placeOf(element, name, page) === 1;
}

function isNothing(node: AnyNode): boolean {
  // What a template holds is no child of it, but a document of its own.
  const isApart = node.type === 'comment' || node.type === 'directive' || node.type === 'root';
  return isApart || (node.type === 'text' && node.data === '');
}

function isLink(element: Element, page: Page): boolean {
  if (!/^(a|area)$/.test(element.name)) return false;
  const isOfHtml = page.isHtml(element);
  if (page.isXml && !isOfHtml && page.namespaceOf(element) !== SVG) return false;
  return has(element, 'href') || (!isOfHtml && has(element, 'xlink:href'));
}

const SVG = 'http://www.w3.org/2000/svg';
/** Names with a hyphen that are none of somebody's own: https://html.spec.whatwg.org/#valid-custom-element-name */
const NOT_CUSTOM = new Set(
  'annotation-xml color-profile font-face font-face-src font-face-uri font-face-format font-face-name missing-glyph'.split(
    ' ',
  ),
);

/** Without scripts nobody's own elements are. */
function isDefined({ name, attribs }: Element): boolean {
  if (name.includes('-')) return NOT_CUSTOM.has(name);
  return !(ownValue(attribs, 'is') ?? '').includes('-');
}

const canBeDisabled = isOneOf('button', 'input', 'select', 'textarea', 'optgroup', 'option', 'fieldset');

const WITH_PLACEHOLDER = new Set('text search url tel email password number'.split(' '));

function isWritable(element: Element): boolean {
  if (element.name === 'input' ? !NOT_TYPED_IN.has(typeOf(element)) : element.name === 'textarea')
    return !has(element, 'readonly') && !isDisabled(element);
  for (let at: Element | null = element; at !== null; at = parentElement(at)) {
    const written = ownValue(at.attribs, 'contenteditable')?.toLowerCase();
    if (written === 'false') return false;
    if (written === '' || written === 'true' || written === 'plaintext-only') return true;
  }
  return false;
}

function showsPlaceholder(element: Element): boolean {
  if ((ownValue(element.attribs, 'placeholder') ?? '') === '') return false;
  if (element.name === 'textarea') return textContent(element).replace(/^\n/, '') === '';
  const type = typeOf(element);
  const hasKind = WITH_PLACEHOLDER.has(type) || (type !== '' && !NOT_TYPED_IN.has(type) && !mayHaveBounds(type));
  return hasKind && (ownValue(element.attribs, 'value') ?? '') === '';
}

function isChecked(element: Element): boolean {
  if (element.name === 'option') return isSelected(element);
  return /^(checkbox|radio)$/.test(typeOf(element)) && has(element, 'checked');
}

/** https://html.spec.whatwg.org/#ask-for-a-reset: a list that shows one option has one. */
export function isSelected(option: Element): boolean {
  let select = parentElement(option);
  while (select !== null && select.name !== 'select') select = parentElement(select);
  const isMarked = has(option, 'selected');
  if (select === null || has(select, 'multiple')) return isMarked;
  const options = inside(select, (each) => each.name === 'option');
  const last = options.findLast((each) => has(each, 'selected'));
  if (last !== undefined || Number(ownValue(select.attribs, 'size') ?? 1) > 1) return option === last;
  return option === options.find((each) => !has(each, 'disabled') && !isInDisabledGroup(each));
}

function isDefault(element: Element): boolean {
  if (element.name === 'option') return has(element, 'selected');
  if (/^(checkbox|radio)$/.test(typeOf(element))) return has(element, 'checked');
  if (!isSubmit(element)) return false;
  const form = formOf(element);
  return form !== null && inside(form, isSubmit)[0] === element;
}

export function isSubmit(element: Element): boolean {
  if (element.name === 'button') return !/^(button|reset)$/i.test(ownValue(element.attribs, 'type') ?? '');
  return /^(submit|image)$/.test(typeOf(element));
}

function isIndeterminate(element: Element): boolean {
  if (element.name === 'progress') return !has(element, 'value');
  if (typeOf(element) !== 'radio') return false;
  const name = ownValue(element.attribs, 'name') ?? '';
  const form = formOf(element);
  const isOfGroup = (each: Element) =>
    typeOf(each) === 'radio' && ownValue(each.attribs, 'name') === name && formOf(each) === form;
  const group = name === '' ? [element] : inside(form ?? top(element), isOfGroup);
  return !group.some((each) => has(each, 'checked'));
}
