import type { Job } from '../../core/job.js';
import type { Run } from '../../core/run.js';
import { isUploadRef } from '../../core/upload.js';
import type { Words } from '../../http/words.js';
import { type Field, formFields } from '../job/fields.js';
import { jobTitle } from '../job/texts.js';
import { cellText, clip } from './table.js';

const CHARACTERS = 80;

/** What tells a run from others of its job. */
export interface RunAbout {
  /** The name that its owner gave, or else the job's title. */
  readonly title: string;
  /** What was asked for, in one line; empty when nothing was. */
  readonly summary: string;
  readonly started: { readonly iso: string; readonly date: string };
}

/** A run, or what runs are started from. */
type AboutWhat = Pick<Run, 'job' | 'version' | 'input' | 'name' | 'createdAt'>;

export function aboutRun(words: Words, job: Job | undefined, run: AboutWhat): RunAbout {
  // The input of another version may not be what the job expects.
  const told = job?.version === run.version ? job.summary(run.input) : null;
  return {
    title: run.name ?? jobTitle(words, run.job, job),
    summary: clip(told ?? (job ? filledIn(words, job, run) : ''), CHARACTERS),
    started: { iso: new Date(run.createdAt).toISOString(), date: words.date(run.createdAt) },
  };
}

/** The forms of jobs as nobody has filled them in, which each page of a run compares with: they change with neither. */
const emptyForms = new WeakMap<Words, WeakMap<Job, readonly Field[]>>();

function emptyForm(words: Words, job: Job): readonly Field[] {
  const forms = emptyForms.get(words) ?? new WeakMap<Job, readonly Field[]>();
  emptyForms.set(words, forms);
  const fields = forms.get(job) ?? formFields(words, job, null);
  forms.set(job, fields);
  return fields;
}

/** The fields that differ from the empty form, in its order: texts as they are, numbers after their names. */
function filledIn(words: Words, job: Job, { input }: AboutWhat): string {
  const parts = emptyForm(words, job).map(({ name, kind, prefilled, title, value: initial, checked }) => {
    if (kind === 'secret' || prefilled) return '';
    const value = input[name];
    if (kind === 'checkbox') return value === true && !checked ? title : '';
    // Texts can be long: what is seen of them is at their beginning.
    const text = (kind === 'file' ? fileNames(value).join(words.t('site.comma')) : cellText(value))
      .slice(0, CHARACTERS * 4)
      .trim();
    if (text === '' || text === initial) return '';
    return kind === 'number'
      ? `${title}${words.t('site.colon')}${text}`
      : text.split(/\s*\n\s*/).join(words.t('site.comma'));
  });
  return parts.filter((part) => part !== '').join(' · ');
}

function fileNames(value: unknown): string[] {
  return [value].flat().flatMap((file) => (isUploadRef(file) ? [file.name] : []));
}
