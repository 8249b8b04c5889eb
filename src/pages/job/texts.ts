import type { Failure } from '../../core/errors.js';
import type { Job } from '../../core/job.js';
import type { Finding } from '../../core/preview.js';
import type { FieldProblem } from '../../core/proposal.js';
import type { Input } from '../../core/run.js';
import type { Item } from '../../core/step.js';
import type { TextsByLanguage } from '../../http/texts.js';
import type { Words } from '../../http/words.js';

export function jobTitle(words: Words, name: string, job: Job | undefined): string {
  return words.or(`jobs.${name}.title`, job?.title ?? name);
}

export function jobDescription(words: Words, job: Job): string {
  return words.or(`jobs.${job.name}.description`, job.description);
}

/**
 * What a step is doing, or works on, in words: `jobs.NAME.doing` or `jobs.NAME.item` with the fields of the item, or else
 * what the job says of it.
 */
export function itemText(words: Words, job: Job | undefined, item: Item, input: Input, as: 'doing' | 'item'): string {
  if (!job) return '';
  const fields = typeof item === 'object' && item !== null && !Array.isArray(item) ? item : { item };
  return words.or(`jobs.${job.name}.${as}`, job.describe(item, input), fields as Readonly<Record<string, unknown>>);
}

/** Why a step of the job failed. */
export function failureText(words: Words, job: string, { code, message, params }: Failure): string {
  return ownText(words, job, `failures.${code}`, message, withReason(words, job, params));
}

/** Where the reason of a failure has a code, it is told in the reader's words. */
function withReason(words: Words, job: string, params: Failure['params']): Failure['params'] {
  const { reason, reasonCode } = params;
  if (reasonCode === undefined) return params;
  return { ...params, reason: ownText(words, job, `failures.${String(reasonCode)}`, String(reason), params) };
}

/** A text that the job may bring itself, `jobs.NAME.KEY`; else the one for all jobs, else `otherwise`. */
export function ownText(
  words: Words,
  job: string,
  key: string,
  otherwise: string,
  params?: Readonly<Record<string, unknown>>,
): string {
  return words.or(`jobs.${job}.${key}`, words.or(key, otherwise, params), params);
}

/** What a job found out, in the words of its `group`; a failure among the findings has its text where failures have theirs. */
export function findingText(
  words: Words,
  job: string,
  group: 'preview' | 'warnings',
  { code, message, params }: Finding,
): string {
  const shown = Object.fromEntries(
    Object.entries(params).map(([name, value]) =>
      name.endsWith('Ms') ? [name.slice(0, -2), words.duration(Number(value))] : [name, value],
    ),
  );
  return ownText(words, job, `${group}.${code}`, failureText(words, job, { code, message, params: shown }), shown);
}

/** What is wrong with what was typed, by field: the first of each. */
export function problemTexts(words: Words, job: string, problems: readonly FieldProblem[]): Map<string, string> {
  const errors = new Map<string, string>();
  for (const { field, code, message, params } of problems)
    if (!errors.has(field)) errors.set(field, ownText(words, job, `validation.${code}`, message, params));
  return errors;
}

/** What jobs bring, where `locales/` has texts of jobs. */
export function jobTexts(jobs: Iterable<Job>): TextsByLanguage[] {
  return Array.from(jobs, ({ name, texts: { en = {}, ja = {} } }) => ({
    en: { jobs: { [name]: en } },
    ja: { jobs: { [name]: ja } },
  }));
}
