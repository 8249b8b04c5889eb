import type { Job } from '../../core/job.js';
import type { Body } from '../../http/form-body.js';

/** The name of the text that says what a line of a field shall be called: `_name:columns:price`. */
export function renaming(field: string, name: string): string {
  return `_name:${field}:${name}`;
}

/**
 * What was sent, with the lines of a proposal that were ticked (each a value of their field, `name: rest`) as one text,
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
  return sent;
}

function renamed(line: string, field: string, body: Body): string {
  const [, name = '', rest = ''] = /^([^:\n]*):([^\n]*)$/.exec(line) ?? [];
  const given = body[renaming(field, name)];
  const wanted = typeof given === 'string' ? given.replace(/[:：\s]+/g, ' ').trim() : '';
  return wanted === '' ? line : `${wanted}:${rest}`;
}
