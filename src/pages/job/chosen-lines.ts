import type { Job } from '../../core/job.js';
import type { Mend } from '../../core/preview.js';
import type { Body } from '../../http/form-body.js';
import { endingsOf } from './fields.js';

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

/**
 * What was sent, with what the pressed button mends and what a tick puts in the place of something else, and with the
 * lines of a proposal that were ticked (each a value of their field, `name: rest`) as one text, with the ends that were
 * chosen for them and under the names that they were given.
 */
export function chosenLines(job: Job, body: Body): Record<string, unknown> {
  const sent: Record<string, unknown> = { ...body };
  for (const field of Object.keys(job.input.shape)) {
    if (job.files.includes(field)) continue;
    const value = sent[field];
    const isChosen = Object.keys(body).some((name) => /^_(?:name|end):/.test(name) && name.split(':')[1] === field);
    if (!Array.isArray(value) && !(isChosen && typeof value === 'string')) continue;
    const lines = [value].flat().flatMap((each: unknown) => (typeof each === 'string' ? each.split(LINE_END) : []));
    const endings = [...endingsOf(job, field).values()].map(({ text }) => text);
    sent[field] = lines.map((line) => renamed(ended(line, field, body, endings), field, body)).join('\n');
  }
  for (const [name, value] of Object.entries(body)) {
    const [, field = '', line] = /^_(?:mend|instead):(\w+)(?::(\d+))?$/.exec(name) ?? [];
    if (!Object.hasOwn(job.input.shape, field) || typeof value !== 'string') continue;
    sent[field] = line === undefined ? value : withLine(String(sent[field] ?? ''), Number(line), value);
  }
  return sent;
}

const LINE_END = /\r\n|\n|\r/;

/** Which of the ends a line has, and the line without it. */
export function endOf(line: string, endings: readonly string[]): { readonly end: string; readonly rest: string } {
  const end = endings.find((each) => line.endsWith(each)) ?? '';
  return { end, rest: line.slice(0, line.length - end.length) };
}

function ended(line: string, field: string, body: Body, endings: readonly string[]): string {
  const [, name = ''] = /^([^:：]*)[:：]/.exec(line) ?? [];
  const wanted = body[ending(field, name.trim())];
  if (typeof wanted !== 'string' || (wanted !== '' && !endings.includes(wanted))) return line;
  return endOf(line, endings).rest + wanted;
}

/** The text with one of its lines, from 1, replaced; an empty one is left out. */
function withLine(text: string, line: number, value: string): string {
  const lines = text.split(LINE_END);
  if (line > lines.length) return text;
  lines.splice(line - 1, 1, ...(value === '' ? [] : [value]));
  return lines.join('\n');
}

function renamed(line: string, field: string, body: Body): string {
  const [, name = '', rest = ''] = /^([^:\n]*):([^\n]*)$/.exec(line) ?? [];
  const given = body[renaming(field, name)];
  const wanted = typeof given === 'string' ? given.replace(/[:：\s]+/g, ' ').trim() : '';
  return wanted === '' ? line : `${wanted}:${rest}`;
}
