import type { Job } from '../../core/job.js';
import type { Mend } from '../../core/preview.js';
import type { Body } from '../../http/form-body.js';
import { type LineForms, lineFormsOf } from './fields.js';
import { filledIn, type LineParts, lineOf, partsOf } from './line-parts.js';

/** The name of the text that says what a line of a field shall be called: `_name:columns:price`. */
export function renaming(field: string, name: string): string {
  return `_name:${field}:${name}`;
}

/** The name of the button that puts its value into a field, or into one line of it: `_mend:row`, `_mend:columns:3`. */
export function mending({ field, line }: Pick<Mend, 'field' | 'line'>): string {
  return line === null ? `_mend:${field}` : `_mend:${field}:${line}`;
}

/** The name of the tick that puts its value in the place of what else a field would be. */
export function instead(field: string): string {
  return `_instead:${field}`;
}

/** Whether one of those buttons was pressed. */
export function isMending(body: Body): boolean {
  return Object.keys(body).some((name) => name.startsWith('_mend:'));
}

/** The name of the choice of what stands at the end of a line: `_end:columns:price`. */
export function ending(field: string, name: string): string {
  return `_end:${field}:${name}`;
}

/** The name of the text that says which part of what a line gives is wanted: `_part:columns:price`. */
export function parting(field: string, name: string): string {
  return `_part:${field}:${name}`;
}

/** The names of the texts of which one more line is made, which gives the second always: `_new:columns:name`. */
export function adding(field: string): { readonly name: string; readonly text: string } {
  return { name: `_new:${field}:name`, text: `_new:${field}:text` };
}

/**
 * What was sent, with what the pressed button mends and what a tick puts in the place of something else, and with the
 * lines of a proposal that were ticked (each a value of their field, `name: rest`) as one text, with the parts and ends
 * that were chosen for them and under the names that they were given, and with the line that is added.
 */
export function chosenLines(job: Job, body: Body): Record<string, unknown> {
  const sent: Record<string, unknown> = { ...body };
  for (const field of Object.keys(job.input.shape)) {
    if (job.files.includes(field)) continue;
    const value = sent[field];
    const isChosen = Object.keys(body).some((name) => CHOICE.test(name) && name.split(':')[1] === field);
    if (!Array.isArray(value) && !isChosen) continue;
    const lines = [value].flat().flatMap((each: unknown) => (typeof each === 'string' ? each.split(LINE_END) : []));
    const forms = lineFormsOf(job, field);
    const chosen = lines.map((line, i) =>
      isChosen && i < MOST_CHOSEN ? renamed(withChosenParts(forms, line, field, body), field, body) : line,
    );
    const all = [...chosen, ...addedLine(job, field, body)];
    if (all.length > 0 || value !== undefined) sent[field] = all.join('\n');
  }
  const mended = new Map<string, Map<number, string>>();
  for (const [name, value] of Object.entries(body)) {
    const [, field = '', line] = /^_(?:mend|instead):(\w+)(?::(\d+))?$/.exec(name) ?? [];
    if (!Object.hasOwn(job.input.shape, field) || typeof value !== 'string') continue;
    if (line === undefined) sent[field] = value;
    else mended.set(field, (mended.get(field) ?? new Map()).set(Number(line), value));
  }
  for (const [field, lines] of mended) sent[field] = withLines(String(sent[field] ?? ''), lines);
  return sent;
}

const LINE_END = /\r\n|\n|\r/;
/** No form offers choices for more lines: a megabyte of others would hold the thread for 300 ms. */
const MOST_CHOSEN = 2000;
const CHOICE = /^_(?:name|end|part|new):/;

/** What a line is called: `price` of `price*: .price`. */
export function nameOf(line: string): string {
  return (line.split(/[:：]/)[0] ?? '').replace(/[*＊]\s*$/, '').trim();
}

function withChosenParts(forms: LineForms, line: string, field: string, body: Body): string {
  const name = nameOf(line);
  const [end, part] = [body[ending(field, name)], body[parting(field, name)]];
  const isKnown = end === '' || [...forms.endings.values()].some(({ text }) => text === end);
  const wanted: Partial<LineParts> = {
    ...(typeof end === 'string' && isKnown && { end }),
    ...(typeof part === 'string' && { part: oneLine(part) }),
  };
  return Object.keys(wanted).length === 0 ? line : lineOf({ ...partsOf(line.trimEnd(), forms), ...wanted }, forms);
}

function addedLine(job: Job, field: string, body: Body): string[] {
  const { same } = lineFormsOf(job, field);
  const names = adding(field);
  const [name = '', text = ''] = [names.name, names.text].map((each) => oneLine(String(body[each] ?? '')));
  return same === null || name + text === '' ? [] : [`${withoutColons(name)}: ${filledIn(same, text)}`];
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').trim();
}

function withoutColons(name: string): string {
  return name.replace(/[:：\s]+/g, ' ').trim();
}

/** The text with some of its lines, from 1, replaced; an empty one is left out. */
function withLines(text: string, replaced: ReadonlyMap<number, string>): string {
  const lines = text.split(LINE_END).flatMap((before, i) => {
    const value = replaced.get(i + 1) ?? before;
    return value === '' && replaced.has(i + 1) ? [] : value;
  });
  return lines.join('\n');
}

function renamed(line: string, field: string, body: Body): string {
  const [, name = '', rest = ''] = /^([^:\n]*):([^\n]*)$/.exec(line) ?? [];
  const given = body[renaming(field, name)];
  const wanted = typeof given === 'string' ? withoutColons(given) : '';
  return wanted === '' ? line : `${wanted}:${rest}`;
}
