import type { RequestHandler, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Job } from '../../core/job.js';
import type { FieldProblem, Proposal, Proposals } from '../../core/proposal.js';
import type { Body } from '../../http/form-body.js';
import type { PageDeps } from '../deps.js';
import { renaming } from './chosen-lines.js';
import { typedFields } from './fields.js';
import { findJob } from './find.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';
import { findingText, ownText } from './texts.js';

const LONGEST_EXAMPLE = 500;
const LONGEST_SAMPLE = 80;

/** Has the job look for what the visitor may want, and shows the form again with what it offers. */
export function jobPropose(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const { runs, store } = deps;
    const job = findJob(deps, req.params.job);
    if (!job.hasProposals) throw new TobiishiError('job-not-found', `job ${req.params.job} proposes nothing`);
    const body = await withKeptFiles(store, req, job);
    const typed = typedFields(job, body);
    const example = typeof body['example'] === 'string' ? body['example'].trim().slice(0, LONGEST_EXAMPLE) : '';
    const { language } = res.locals.tobiishi.words;
    const found = await runs.propose(job, { typed, example, language });
    const errors = problemTexts(res, job, found.problems);
    if (errors.size > 0) return sendForm(deps, req, res, job, { status: 422, typed: body, errors });
    await sendForm(deps, req, res, job, { typed: body, proposals: shownProposals(res, job, typed, example, found) });
  };
}

function problemTexts(res: Response, job: Job, problems: readonly FieldProblem[]): Map<string, string> {
  const { words } = res.locals.tobiishi;
  const errors = new Map<string, string>();
  for (const { field, code, message, params } of problems)
    if (!errors.has(field)) errors.set(field, ownText(words, job.name, `validation.${code}`, message, params));
  return errors;
}

export type ShownProposals = ReturnType<typeof shownProposals>;

function shownProposals(res: Response, job: Job, typed: Body, example: string, found: Proposals) {
  const { words } = res.locals.tobiishi;
  const findings = found.findings.map((each) => ({
    text: findingText(words, job.name, 'preview', each),
    isWarning: each.isWarning,
  }));
  return {
    example,
    findings,
    /** Of the form that asks again, with an example. */
    hidden: Object.entries(typed).map(([name, value]) => ({ name, value })),
    list: found.proposals.map((proposal) => shownProposal(res, job, typed, proposal)),
  };
}

function shownProposal(res: Response, job: Job, typed: Body, { fields, lines, options, rows }: Proposal) {
  const { words } = res.locals.tobiishi;
  const filled = { ...typed, ...fields };
  const own = new Set([lines.field, ...options.map(({ field }) => field)]);
  const chosen = lines.lines.filter(({ isChosen }) => isChosen);
  return {
    rows,
    title: words.t('proposals.title', {
      count: rows,
      names: chosen
        .slice(0, 4)
        .map(({ name }) => name)
        .join(words.t('proposals.comma')),
    }),
    hidden: Object.entries(filled).flatMap(([name, value]) => (own.has(name) ? [] : { name, value: String(value) })),
    field: lines.field,
    lines: lines.lines.map(({ name, rest, isChosen, samples }) => ({
      name,
      value: `${name}: ${rest}`,
      renaming: renaming(lines.field, name),
      isChosen,
      samples: samples.map((sample) =>
        sample.length > LONGEST_SAMPLE ? `${sample.slice(0, LONGEST_SAMPLE)}…` : sample,
      ),
    })),
    options: options.map(({ field, value, isChosen, params }) => ({
      field,
      value,
      isChosen,
      text: ownText(words, job.name, `proposals.${field}`, field, params),
    })),
  };
}
