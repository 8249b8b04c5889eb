import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Job } from '../../core/job.js';
import type { Mend } from '../../core/preview.js';
import { csrfToken } from '../../http/csrf.js';
import type { Body } from '../../http/form-body.js';
import { sendJson, wantsJson } from '../../http/json.js';
import { saveSession } from '../../http/session.js';
import { askerOf } from '../asker.js';
import type { PageDeps } from '../deps.js';
import type { Paths } from '../paths.js';
import { sendPage } from '../send.js';
import { exampleOf, type Field, type FormErrors, formFields } from './fields.js';
import { keptFiles } from './kept-files.js';
import { mendsByField, type ShownMend } from './mends.js';
import type { ShownPreview, ShownProposals } from './shown.js';
import { jobDescription, jobTitle } from './texts.js';

export interface FormPage {
  /** What to fill in; null for the defaults. */
  readonly typed: Body | null;
  /** By field; `''` is the form as a whole. */
  readonly errors?: FormErrors;
  readonly status?: number;
  /** What is wrong with the form as a whole. */
  readonly problem?: string | null;
  /** What was found when the visitor tried it. */
  readonly preview?: ShownPreview;
  /** What the job offered when it was asked. */
  readonly proposals?: ShownProposals;
  /** What was probably meant in fields that are wrong. */
  readonly mends?: readonly Mend[];
}

/** Fields under one heading. */
interface FieldGroup {
  /** Few need any of its fields. */
  readonly isFolded: boolean;
  readonly heading: string;
  readonly fields: readonly Field[];
}

interface JobView {
  /** The job's name. */
  readonly job: string;
  readonly title: string;
  readonly description: string;
  readonly fields: readonly Field[];
  /** Those that wait until they are asked for, by group. */
  readonly more: readonly FieldGroup[];
  /** Whether they are shown at once. */
  readonly isMoreOpen: boolean;
  readonly hasFiles: boolean;
  /** Those of them that have an error. */
  readonly wrong: readonly Field[];
  readonly problem: string | null;
  /** Of the fields, by their names. */
  readonly titles: ReadonlyMap<string, string>;
  /** What was probably meant, by field. */
  readonly mends: ReadonlyMap<string, readonly ShownMend[]>;
  readonly preview: ShownPreview | null;
  readonly proposals: ShownProposals | null;
  readonly hasPreview: boolean;
  /** The form filled in as an example; null when there is none, or the form is filled in. */
  readonly example: string | null;
  readonly hasProposals: boolean;
  /** Whether what is wanted can be pointed at on the page. */
  readonly canPoint: boolean;
  readonly token: string;
  /** Whether the run goes on when its page is closed; null where nothing would go on with it. */
  readonly background: boolean | null;
  /** Of this form alone, so that two presses of its button start one run. */
  readonly key: string;
}

/** The form for programs. `csrf` and `key` are sent along as `_csrf` and `_key`. */
export interface FormJson extends Pick<JobView, 'job' | 'title' | 'problem' | 'key'> {
  readonly fields: readonly Field[];
  readonly csrf: string;
}

/** Sends the job's form. Its token, and the files that came with it, are saved before the page leaves. */
export async function sendForm(deps: PageDeps, req: Request, res: Response, job: Job, form: FormPage): Promise<void> {
  const { words, paths } = res.locals.tobiishi;
  const { typed, errors = new Map() } = form;
  const kept = typed ? await keptFiles(deps, askerOf(req, res), job, typed, errors) : undefined;
  const fields = formFields(words, job, typed, errors, kept);
  const wrong = fields.filter(isWrong);
  const grouped = fields.filter(({ group }) => group !== null);
  const isChosen = form.proposals === undefined && grouped.some(({ isFilled, kept }) => isFilled || kept.length > 0);
  const problem = form.problem ?? errors.get('') ?? null;
  const token = csrfToken(req);
  await saveSession(req);
  const title = jobTitle(words, job.name, job);
  const key = randomBytes(16).toString('base64url');
  if (wantsJson(req)) {
    const shown: FormJson = { job: job.name, title, fields, problem, csrf: token, key };
    return sendJson(res, shown, form.status);
  }
  const example = exampleOf(job);
  const hasErrors = wrong.length > 0 || problem !== null;
  const tried = form.preview ?? form.proposals;
  const verdict = form.preview?.verdict ?? (form.proposals?.list.length === 0 ? 'nothing' : 'found');
  const heading = hasErrors ? 'form.errorTitle' : tried && `form.verdictTitles.${verdict}`;
  await sendPage<JobView>(res, 'job', {
    status: form.status ?? 200,
    title: heading ? words.t(heading, { title }) : title,
    here: paths.job(job.name),
    inForm: sameForm(paths, job, form, wrong.length > 0),
    data: {
      job: job.name,
      title,
      description: jobDescription(words, job),
      fields: fields.filter(({ group }) => group === null),
      more: groupsOf(grouped),
      isMoreOpen: !job.hasProposals || form.preview !== undefined || grouped.some(isWrong) || isChosen,
      hasFiles: fields.some(({ kind }) => kind === 'file'),
      wrong,
      problem,
      titles: new Map(fields.map(({ name, title }) => [name, title])),
      mends: mendsByField(words, job.name, form.mends ?? []),
      preview: form.preview ?? null,
      proposals: form.proposals ?? null,
      hasPreview: job.hasPreview,
      example: typed === null && example ? paths.jobFilledIn(job.name, new URLSearchParams(example).toString()) : null,
      hasProposals: job.hasProposals,
      canPoint: job.pointing !== null,
      token,
      background: deps.background ? goesOn(typed) : null,
      key,
    },
  });
}

/** Where the language buttons send the filled-in form, so that its findings or mistakes are shown again, too. */
function sameForm(paths: Paths, job: Job, { preview, proposals }: FormPage, hasErrors: boolean) {
  const action = preview ? 'preview' : proposals ? 'propose' : 'form';
  const query = hasErrors && action === 'form' ? '?check=1' : '';
  return { address: `${paths.formAction(job.name, action)}${query}`, button: `${action}${query}` };
}

function groupsOf(fields: readonly Field[]): FieldGroup[] {
  const groups = new Map<string, Field[]>();
  for (const field of fields) groups.set(field.group ?? '', [...(groups.get(field.group ?? '') ?? []), field]);
  return [...groups].map(([heading, each]) => ({
    heading,
    fields: each,
    isFolded: each.every(({ isAdvanced }) => isAdvanced),
  }));
}

/** What the box says, which is ticked at first. Two fields are sent when it is ticked, one when it is not, none by programs. */
export function goesOn(typed: Body | null): boolean {
  return typed?.['_background'] !== 'off';
}

function isWrong({ error }: Field): boolean {
  return error !== null;
}
