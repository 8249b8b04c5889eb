import { type Element, isForeign, localName } from './nodes.js';
import type { Test } from './page.js';
import type { Simple } from './syntax.js';

type Of<T extends Simple['type']> = Extract<Simple, { readonly type: T }>;

export function tagTest({ name, namespace }: Of<'tag'>): Test {
  const lower = name.toLowerCase();
  const isAny = namespace === '*';
  if (name === '*') return (element, { page }) => isAny || (page.isXml && page.namespaceOf(element) === '');
  return (element, { page }) => {
    if (page.isXml) {
      const isNamed = element.name === name || (isAny && localName(element) === name);
      return isNamed && (isAny || page.namespaceOf(element) === '');
    }
    if (!isAny) return false;
    // Names of SVG have capitals within, which browsers do not ask for.
    return element.name === lower || (isForeign(element) && element.name.toLowerCase() === lower);
  };
}

export function idTest(id: string): Test {
  const lower = id.toLowerCase();
  return ({ attribs }, { page }) => {
    const own = ownValue(attribs, 'id');
    return own === id || (page.isQuirky && own?.toLowerCase() === lower);
  };
}

export function classTest(name: string): Test {
  const lower = name.toLowerCase();
  // No class has a space in it, be it escaped.
  if (/[ \t\r\n\f]/.test(name)) return () => false;
  return ({ attribs }, { page }) => {
    const classes = ownValue(attribs, 'class');
    if (classes === undefined) return false;
    return hasWord(classes, name) || (page.isQuirky && hasWord(classes.toLowerCase(), lower));
  };
}

/** Of these HTML says that their values count in any case: https://html.spec.whatwg.org/#case-sensitivity-of-selectors */
const ANY_CASE = new Set(
  (
    'accept accept-charset align alink axis bgcolor charset checked clear codetype color compact declare defer dir ' +
    'direction disabled enctype face frame hreflang http-equiv lang language link media method multiple nohref ' +
    'noresize noshade nowrap readonly rel rev rules scope scrolling selected shape target text type valign valuetype ' +
    'vlink'
  ).split(' '),
);

export function attributeTest({ name, anyNamespace, operator, value, flag }: Of<'attribute'>): Test {
  const lower = name.toLowerCase();
  const holds = comparison(operator, value);
  const holdsInAnyCase = comparison(operator, value.toLowerCase());
  return (element, { page }) => {
    const isHtml = !page.isXml && !isForeign(element);
    const key = page.isXml ? name : lower;
    const values =
      isHtml && !anyNamespace ? [ownValue(element.attribs, key)] : valuesOf(element, key, anyNamespace, page.isXml);
    const inAnyCase = flag === 'i' || (flag === null && isHtml && ANY_CASE.has(lower));
    return values.some((own) => own !== undefined && (inAnyCase ? holdsInAnyCase(own.toLowerCase()) : holds(own)));
  };
}

/** In XML and SVG attributes have prefixes, and in SVG capitals within their names. */
function valuesOf(element: Element, name: string, anyNamespace: boolean, isXml: boolean): string[] {
  const { attribs, 'x-attribsPrefix': prefixes = {} } = element;
  return Object.keys(attribs).flatMap((key) => {
    const written = isXml ? key : key.toLowerCase();
    const isNamed = written === name && (anyNamespace || !prefixes[key]);
    return isNamed || (anyNamespace && written.slice(written.indexOf(':') + 1) === name) ? (attribs[key] ?? []) : [];
  });
}

export function ownValue(attribs: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(attribs, name) ? attribs[name] : undefined;
}

function comparison(operator: Of<'attribute'>['operator'], value: string): (own: string) => boolean {
  // Nothing begins with, ends with, or has nothing in it, as the standard has it.
  if (value === '' && operator !== null && /[~^$*]/.test(operator)) return () => false;
  switch (operator) {
    case '=':
      return (own) => own === value;
    case '~=':
      return (own) => !/[ \t\r\n\f]/.test(value) && hasWord(own, value);
    case '|=':
      return (own) => own === value || own.startsWith(`${value}-`);
    case '^=':
      return (own) => own.startsWith(value);
    case '$=':
      return (own) => own.endsWith(value);
    case '*=':
      return (own) => own.includes(value);
    case null:
      return () => true;
  }
}

const SPACE = ' \t\r\n\f';

export function hasWord(list: string, word: string): boolean {
  if (list === word) return true;
  for (let at = list.indexOf(word); at >= 0; at = list.indexOf(word, at + 1)) {
    const isStart = at === 0 || SPACE.includes(list.charAt(at - 1));
    const end = at + word.length;
    if (isStart && (end === list.length || SPACE.includes(list.charAt(end)))) return true;
  }
  return false;
}
