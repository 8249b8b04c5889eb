import type { Job } from '../../core/job.js';
import type { Mend } from '../../core/preview.js';
import type { Body } from '../../http/form-body.js';

/** The name of the text that says what a line of a field shall be called: `_name:columns:price`. */
export function renaming(field: string, name: string): string {
  return `_name:${field}:${name}`;
}

/** The name of the button that puts its value into a field, or into one line of it: `_mend:row`, `_mend:columns:3`. */
export function mending({ field, line }: Pick<Mend, 'field' | 'line'>): string {
  return line === null ? `_mend:${field}` : `_mend:${field}:${line}`;
}

/** Whether one of those buttons was pressed. */
export function isMending(body: Body): boolean {
  return Object.keys(body).some((name) => name.startsWith('_mend:'));
}

/**
 * What was sent, with what the pressed button mends in its place, and with the lines of a proposal that were ticked (each a value of their field, `name: rest`) as one text,
 * under the names that they were given.
 */
export function chosenLines(job: Job, body: Body): Record<string, unknown> {
  const sent: Record<string, unknown> = { ...body };
  for (const field of Object.keys(job.input.shape)) {
    const value = sent[field];
    const lines = Array.isArray(value) ? value.filter((line) => typeof line === 'string') : [value];
    const isChosen = lines.some((line) => typeof line === 'string' && renamed(line, field, body) !== line);
    if (Array.isArray(value) || isChosen)
      sent[field] = lines.map((line) => renamed(String(line), field, body)).join('\n');
  }
  for (const [name, value] of Object.entries(body)) {
    const [, field = '', line] = /^_mend:(\w+)(?::(\d+))?$/.exec(name) ?? [];
    if (!Object.hasOwn(job.input.shape, field) || typeof value !== 'string') continue;
    sent[field] = line === undefined ? value : withLine(String(sent[field] ?? ''), Number(line), value);
  }
  return sent;
}

/** The text with one of its lines, from 1, replaced; an empty one is left out. */
function withLine(text: string, line: number, value: string): string {
  const lines = text.split(/\r\n|\n|\r/);
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
