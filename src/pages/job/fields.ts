import { z } from 'zod';
import type { Job } from '../../core/job.js';
import type { FieldProblem } from '../../core/proposal.js';
import type { Input } from '../../core/run.js';
import { uploadsOf } from '../../core/upload.js';
import type { Body } from '../../http/form-body.js';
import type { Words } from '../../http/words.js';
import { ownText } from './texts.js';

/** A field of a job's form, ready to be drawn. */
export interface Field {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'checkbox' | 'select' | 'textarea' | 'secret' | 'file';
  /** Filled in by the page, and not by what the visitor wants. */
  readonly prefilled: boolean;
  readonly title: string;
  readonly description: string;
  readonly required: boolean;
  readonly min: number | null;
  readonly max: number | null;
  readonly step: number | 'any';
  readonly maxLength: number | null;
  readonly options: readonly { readonly value: string; readonly title: string }[];
  /** As typed, or the default. */
  readonly value: string;
  readonly checked: boolean;
  readonly error: string | null;
  /** What may stand in the field, seen while it is empty. */
  readonly placeholder: string;
  /** Few need it: its group is folded. */
  readonly isAdvanced: boolean;
  /** It holds something else than the empty form. */
  readonly isFilled: boolean;
  /** The heading that it is found under once more is asked for; null: it is shown at once. */
  readonly group: string | null;
  /** The files that were sent before and are still here. */
  readonly kept: readonly (KeptFile & { readonly text: string })[];
  /** For a file: which ones, as browsers ask for them. */
  readonly accept: string | null;
  readonly multiple: boolean;
}

/** A file of an earlier answer to the form, which is sent again as its key. */
export interface KeptFile {
  readonly key: string;
  readonly name: string;
  /** How many addresses, or what else the job counts, are in it. */
  readonly entries: number | null;
}

/** The part of JSON Schema that a form can show. */
interface FieldSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly widget?: string;
  /** Of a file: types and endings of names, as in HTML. */
  readonly accept?: string;
  /** Whether the field takes several files. */
  readonly multiple?: boolean;
  /** Megabytes that each of its files may have. */
  readonly maxMb?: number;
  readonly placeholder?: string;
  readonly advanced?: boolean;
  readonly examples?: readonly unknown[];
  /** What a line of the field may end with, by name. */
  readonly endings?: Readonly<Record<string, LineEnding>>;
  /** What stands before such an ending when only a part of what a line gives is wanted. */
  readonly part?: LineTemplate;
  /** What a line is that gives the same text always. */
  readonly same?: LineTemplate;
  readonly group?: string;
  /** What the page puts in at first: the language in which the visitor reads it. */
  readonly prefill?: 'language';
}

/** What can be put at the end of a line, and what it is called in English. */
export interface LineEnding {
  readonly text: string;
  readonly title: string;
}

/** Around a text that is typed: `before + text + after`. */
export interface LineTemplate {
  readonly before: string;
  readonly after: string;
  /** The sign that has a backslash before it within the text. */
  readonly escaped?: string;
}

/** How lines of a field are made of what is chosen and typed beside them. */
export interface LineForms {
  readonly endings: ReadonlyMap<string, LineEnding>;
  readonly part: LineTemplate | null;
  readonly same: LineTemplate | null;
}

interface FormSchema {
  readonly fields: ReadonlyMap<string, FieldSchema>;
  readonly required: ReadonlySet<string>;
}

const schemas = new WeakMap<Job, FormSchema>();

function schemaOf(job: Job): FormSchema {
  let form = schemas.get(job);
  if (!form) {
    const schema = z.toJSONSchema(job.input, { io: 'input', unrepresentable: 'any' });
    const properties = (schema.properties ?? {}) as Record<string, FieldSchema>;
    form = { fields: new Map(Object.entries(properties)), required: new Set(schema.required ?? []) };
    schemas.set(job, form);
  }
  return form;
}

function kindOf(schema: FieldSchema): Field['kind'] {
  if (schema.type === 'boolean') return 'checkbox';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.enum) return 'select';
  if (schema.widget === 'file' || schema.widget === 'secret') return schema.widget;
  return schema.widget === 'textarea' ? 'textarea' : 'text';
}

/** The form as an example fills it in: the first of `examples` of each field that has some. Null when none has. */
export function exampleOf(job: Job): Readonly<Record<string, string>> | null {
  const filled = [...schemaOf(job).fields].flatMap(([name, { examples }]) =>
    examples?.[0] === undefined ? [] : [[name, String(examples[0])] as const],
  );
  return filled.length === 0 ? null : Object.fromEntries(filled);
}

export function fileFields(job: Job): string[] {
  return [...schemaOf(job).fields].flatMap(([name, schema]) => (kindOf(schema) === 'file' ? name : []));
}

/** None for most fields. */
export function lineFormsOf(job: Job, field: string): LineForms {
  const { endings = {}, part = null, same = null } = schemaOf(job).fields.get(field) ?? {};
  return { endings: new Map(Object.entries(endings)), part, same };
}

/** Messages by field, one a line; `''` is the form as a whole. */
export type FormErrors = ReadonlyMap<string, string>;

/**
 * The fields of a job's form. `typed` is what the visitor sent, or an address asks to fill in; without it the
 * defaults show.
 */
export function formFields(
  words: Words,
  job: Job,
  typed: Body | null,
  errors: FormErrors = new Map(),
  kept: ReadonlyMap<string, readonly KeptFile[]> = new Map(),
): Field[] {
  const { fields, required } = schemaOf(job);
  return [...fields].map(([name, schema]) => {
    const kind = kindOf(schema);
    const text = (part: string, otherwise: string) => words.or(`jobs.${job.name}.fields.${name}.${part}`, otherwise);
    const sent = shownAgain(textOf(typed, name));
    // A form that was sent leaves out its empty checkboxes, but nothing else.
    const initial = schema.prefill === 'language' ? words.language : String(schema.default ?? '');
    const value = sent ?? initial;
    return {
      name,
      kind,
      prefilled: schema.prefill !== undefined,
      title: text('title', schema.title ?? name),
      description: text('description', schema.description ?? ''),
      // Browsers cannot lead to a field that is folded away.
      required: required.has(name) && schema.group === undefined && (kind === 'number' || (schema.minLength ?? 0) > 0),
      min: bound(schema.minimum),
      max: bound(schema.maximum),
      step: schema.multipleOf ?? (schema.type === 'integer' ? 1 : 'any'),
      maxLength: schema.maxLength ?? null,
      options: (schema.enum ?? []).map((each) => ({
        value: String(each),
        title: text(`options.${String(each)}`, String(each)),
      })),
      value,
      checked: kind === 'checkbox' && (typed ? isTicked(sent) : schema.default === true),
      error: errors.get(name) ?? null,
      placeholder: text('placeholder', schema.placeholder ?? ''),
      isAdvanced: schema.advanced === true,
      isFilled:
        kind === 'checkbox' ? typed !== null && isTicked(sent) !== (schema.default === true) : value !== initial,
      group: groupOf(words, job, schema),
      kept: (kept.get(name) ?? []).map((file) => ({ ...file, text: keptText(words, job, name, file) })),
      accept: schema.accept ?? null,
      multiple: schema.multiple === true,
    };
  });
}

/** Writing a page with more of it would hold up others; no field is so long. */
const LONGEST_SHOWN = 600_000;

function shownAgain(text: string | undefined): string | undefined {
  return text !== undefined && text.length > LONGEST_SHOWN ? '' : text;
}

function groupOf(words: Words, job: Job, { group, advanced }: FieldSchema): string | null {
  if (group !== undefined) return words.or(`jobs.${job.name}.groups.${group}`, group);
  return advanced ? words.t('form.advanced') : null;
}

function keptText(words: Words, job: Job, field: string, { name, entries }: KeptFile): string {
  const otherwise = words.t('form.kept', { name });
  if (entries === null) return otherwise;
  return words.or(`jobs.${job.name}.fields.${field}.kept`, otherwise, { name, count: entries });
}

/** Without the bounds that only say "a whole number that JavaScript can hold". */
function bound(value: number | undefined): number | null {
  return value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value;
}

/** The last value of a field, with the line ends of the platform. Null characters go: PostgreSQL cannot hold them. */
function textOf(body: Body | null, name: string): string | undefined {
  if (!body || !Object.hasOwn(body, name)) return undefined;
  const given = body[name];
  const value: unknown = Array.isArray(given) ? given.at(-1) : given;
  return typeof value === 'string' ? value.replaceAll('\r\n', '\n').replaceAll('\0', '') : undefined;
}

function isTicked(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'off'].includes(value);
}

/** What the body says, in the types that the schema reads. `language`: for a field that is filled in with it. */
export function rawInput(job: Job, body: Body, language?: string): Record<string, unknown> {
  const { fields, required } = schemaOf(job);
  const raw: Record<string, unknown> = {};
  for (const [name, schema] of fields) {
    const kind = kindOf(schema);
    const sent = textOf(body, name);
    const files = uploadsOf(body[name]);
    if (kind === 'file') raw[name] = schema.multiple ? files : files.at(-1);
    else if (kind === 'checkbox') raw[name] = isTicked(sent);
    else if (sent === undefined) raw[name] = schema.prefill === 'language' ? language : undefined;
    else if (kind === 'number') raw[name] = numberIn(sent);
    else if (sent === '' && (kind === 'select' || (!required.has(name) && schema.default === undefined))) {
      raw[name] = undefined;
    } else raw[name] = sent;
  }
  return raw;
}

/** In characters, of which some become eighteen. */
const LONGEST_NUMBER = 1000;

/** A number, so that `z.number()` takes it as `z.coerce.number()` does. Full-width digits are what a Japanese keyboard types. */
function numberIn(text: string): number | undefined {
  if (text.length > LONGEST_NUMBER) return Number.NaN;
  const digits = text.normalize('NFKC').trim();
  return digits === '' ? undefined : Number(digits);
}

/**
 * What was typed, as the form can be filled in with again: texts, and the boxes that are ticked. Files and secrets are left
 * out.
 */
export function typedFields(job: Job, body: Body): Record<string, string> {
  const typed: Record<string, string> = {};
  for (const [name, schema] of schemaOf(job).fields) {
    const kind = kindOf(schema);
    const sent = textOf(body, name);
    if (kind === 'checkbox' ? isTicked(sent) : kind !== 'file' && kind !== 'secret' && sent !== undefined)
      typed[name] = sent ?? '';
  }
  return typed;
}

export type ReadForm =
  | { readonly ok: true; readonly input: Input }
  | { readonly ok: false; readonly errors: FormErrors };

const MOST_LINES = 5;

/** Marks messages that the schema's author left to us. */
const OURS = '\0';

/** `check`: says what is wrong with an input that the schema has let pass. */
export async function readForm(
  words: Words,
  job: Job,
  body: Body,
  check: (input: Input) => Promise<readonly FieldProblem[]>,
): Promise<ReadForm> {
  const refused = fileProblems(words, job, body);
  // Said alone: what else the form lacks may have been in the file.
  if (refused.size > 0) return { ok: false, errors: refused };
  const raw = rawInput(job, body, words.language);
  const result = job.input.safeParse(raw, { error: () => OURS });
  const errors = new Map<string, string>();
  if (result.success) {
    const input = result.data as Input;
    for (const { field, code, message, params } of await check(input))
      addMessage(errors, field, () => ownText(words, job.name, `validation.${code}`, message, params));
    return errors.size === 0 ? { ok: true, input } : { ok: false, errors };
  }
  for (const issue of result.error.issues) {
    const field = String(issue.path[0] ?? '');
    // One message a field, except what a job says about several lines of a text.
    if (issue.code === 'custom' || !errors.has(field))
      addMessage(errors, field, () => issueText(words, job.name, issue, raw[field]));
  }
  return { ok: false, errors };
}

/** Files that are no longer here, and those that are too large. */
function fileProblems(words: Words, job: Job, body: Body): Map<string, string> {
  const problems = new Map<string, string>();
  for (const field of fileFields(job)) {
    const sent = [body[field]].flat();
    const files = uploadsOf(sent);
    const megabytes = schemaOf(job).fields.get(field)?.maxMb ?? Infinity;
    const large = files.find(({ size, isCut }) => isCut || size > megabytes * 1_000_000);
    if (large?.isCut) problems.set(field, words.t('validation.file-cut', { name: large.name }));
    else if (large) problems.set(field, words.t('validation.file-over', { name: large.name, megabytes }));
    else if (files.length === 0 && sent.some((key) => typeof key === 'string' && key !== ''))
      problems.set(field, words.t('validation.file-lost'));
  }
  return problems;
}

function addMessage(errors: Map<string, string>, field: string, textOf: () => string): void {
  const before = errors.get(field);
  if (before === undefined) errors.set(field, textOf());
  else if (before.split('\n').length < MOST_LINES) errors.set(field, `${before}\n${textOf()}`);
}

function issueText(words: Words, job: string, issue: z.core.$ZodIssue, raw: unknown): string {
  if (issue.code === 'custom') {
    const params = issue.params ?? {};
    const otherwise = issue.message === OURS ? words.t('validation.invalid') : issue.message;
    const inner = ownText(
      words,
      job,
      `problems.${String(params['problemCode'])}`,
      String(params['problem'] ?? ''),
      params,
    );
    return ownText(words, job, `validation.${String(params['code'])}`, otherwise, { ...params, problem: inner });
  }
  if (issue.message !== OURS) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      if (raw === undefined || raw === '') return words.t('validation.required');
      if (issue.expected === 'int') return words.t('validation.whole');
      return words.t(issue.expected === 'number' ? 'validation.number' : 'validation.invalid');
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return words.t('validation.required');
      return words.t(issue.origin === 'string' ? 'validation.too-short' : 'validation.too-small', {
        minimum: Number(issue.minimum),
      });
    case 'too_big':
      return words.t(issue.origin === 'string' ? 'validation.too-long' : 'validation.too-big', {
        maximum: Number(issue.maximum),
      });
    case 'invalid_value':
      return words.t('validation.choice');
    default:
      return words.t('validation.invalid');
  }
}
