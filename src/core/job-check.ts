import type { z } from 'zod';
import { JobError } from './job-error.js';

/** Names of fields that the pages use themselves, besides those that begin with `_`. */
const RESERVED_FIELDS = ['job', 'lang'];

/** Throws a `JobError` for what is wrong with a job's name or form. */
export function checkJob({ name, input }: { readonly name: unknown; readonly input: unknown }): void {
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
    const rule = 'a name is at most 64 lower-case letters, digits and hyphens, beginning with a letter';
    throw new JobError(String(name), rule);
  }
  if (typeOf(input) !== 'object') throw new JobError(name, '`input` must be a schema made by z.object() of zod 4');
  for (const [field, schema] of Object.entries((input as z.ZodObject).shape)) {
    const isReserved = RESERVED_FIELDS.includes(field) || field.startsWith('_');
    if (isReserved) throw new JobError(name, `the field name "${field}" is taken by the pages; choose another`);
    const problem = fieldProblem(schema, 0);
    if (problem !== null) throw new JobError(name, `no form can show the field "${field}": ${problem}`);
  }
}

/** What of a schema's definition matters here. Read by its names, because a job may have its own copy of zod. */
interface Definition {
  readonly type: string;
  readonly coerce?: boolean;
  readonly innerType?: unknown;
  readonly in?: unknown;
  readonly element?: unknown;
  readonly options?: readonly unknown[];
  readonly getter?: () => unknown;
}

function definitionOf(schema: unknown): Definition | undefined {
  return (schema as { _zod?: { def: Definition } } | null | undefined)?._zod?.def;
}

function typeOf(schema: unknown): string | undefined {
  return definitionOf(schema)?.type;
}

const DEEPEST = 20;

/** Why the field's schema takes nothing that a form sends, which is text, a tick or a file; null when it takes some. */
function fieldProblem(schema: unknown, depth: number): string | null {
  const definition = definitionOf(schema);
  if (definition === undefined || depth === DEEPEST) return 'it is no schema of zod 4';
  const { type, innerType, coerce } = definition;
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'enum':
    case 'literal':
    case 'template_literal':
    case 'transform':
    case 'any':
    case 'unknown':
    case 'custom':
      return null;
    case 'optional':
    case 'default':
    case 'prefault':
    case 'nullable':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return fieldProblem(innerType, depth + 1);
    case 'pipe':
      return fieldProblem(definition.in, depth + 1);
    case 'lazy':
      return fieldProblem(definition.getter?.(), depth + 1);
    case 'union':
      return definition.options?.map((option) => fieldProblem(option, depth + 1)).find((each) => each !== null) ?? null;
    case 'date':
    case 'bigint':
      return coerce ? null : `z.${type}() takes no text; write z.coerce.${type}()`;
    case 'array':
      return typeOf(definition.element) === 'custom' ? null : 'a list takes files alone; take a text and transform it';
    case 'file':
      return 'write z.custom<Upload>(isUpload).meta({ widget: "file" }) for a file';
    default:
      return `z.${type}() takes more than one text; take a text and transform it`;
  }
}
