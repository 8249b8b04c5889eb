const DEEPEST = 200;

/**
 * Why `value` would not come back from JSON as it is, with where in it: `item.when is a Date`. Null when it would. A property
 * that is `undefined` counts as absent.
 */
export function jsonProblem(value: unknown, path: string): string | null {
  return problem(value, path, []);
}

function problem(value: unknown, path: string, within: readonly object[]): string | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : `${path} is ${value}`;
    case 'object':
      return value === null ? null : objectProblem(value, path, within);
    case 'undefined':
      return `${path} is undefined`;
    default:
      return `${path} is a ${typeof value}`;
  }
}

function objectProblem(value: object, path: string, within: readonly object[]): string | null {
  if (within.includes(value)) return `${path} is circular`;
  if (within.length === DEEPEST) return `${path} is nested too deeply`;
  const inside = [...within, value];
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) {
      const found = problem(value[i], `${path}[${i}]`, inside);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isPlain(value)) return `${path} is a ${value.constructor?.name || 'class instance'}`;
  for (const [key, inner] of Object.entries(value)) {
    const found = inner === undefined ? null : problem(inner, `${path}.${key}`, inside);
    if (found !== null) return found;
  }
  return null;
}

/** Made by `{}`, also in another realm, or without a prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
