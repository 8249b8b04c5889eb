/** What the form's page shows of what a job found. */
import type { Response } from 'express';
import type { Job } from '../../core/job.js';
import type { Finding, Preview, Verdict } from '../../core/preview.js';
import type { Proposal, Proposals } from '../../core/proposal.js';
import type { Body } from '../../http/form-body.js';
import type { Words } from '../../http/words.js';
import { tableOf } from '../run/table.js';
import { adding, ending, instead, nameOf, parting, renaming } from './chosen-lines.js';
import { lineFormsOf } from './fields.js';
import { isFilledIn, partsOf } from './line-parts.js';
import { shownMend } from './mends.js';
import { findingText, ownText } from './texts.js';

const LONGEST_SAMPLE = 80;
const LONGEST_PARAM = 110;

export type ShownPreview = ReturnType<typeof shownPreview>;

export function shownPreview(res: Response, job: Job, typed: Body, preview: Preview) {
  const { words } = res.locals.tobiishi;
  const { findings, rows, mends = [] } = preview;
  return {
    verdict: verdictOf(preview),
    findings: findings.map((finding) => ({
      text: findingText(words, job.name, 'preview', finding),
      isWarning: finding.isWarning,
      field: finding.field ?? null,
    })),
    mends: mends.map((mend) => shownMend(words, job.name, mend)),
    lines: shownLines(words, job, typed, preview),
    added: preview.tried === undefined ? null : addedTo(job, preview.tried.field),
    table: tableOf(
      rows.map((row, index) => ({ number: index + 1, row })),
      true,
    ),
  };
}

/** Each line with what it came to, and with the ends that can be chosen for it. */
function shownLines(words: Words, job: Job, typed: Body, { tried }: Preview) {
  if (tried === undefined) return [];
  const written = String(typed[tried.field] ?? '').split('\n');
  return tried.lines.map(({ name, before, after }) => ({
    name,
    before: before.map(short),
    after: after.map(short),
    isChanged: before.some((text, i) => text !== after[i]),
    choice: lineChoice(words, job, tried.field, name, written.find((line) => nameOf(line) === name) ?? ''),
  }));
}

/** The names of what one more line is typed into; null where none can be added. */
function addedTo(job: Job, field: string) {
  return lineFormsOf(job, field).same === null ? null : adding(field);
}

/** The ends that a line may have, as a list to choose from, and the part of it that is wanted; null when there are none. */
function lineChoice(words: Words, job: Job, field: string, name: string, line: string) {
  const forms = lineFormsOf(job, field);
  const endings = [...forms.endings];
  if (endings.length === 0 || (forms.same !== null && isFilledIn(forms.same, line))) return null;
  const title = (key: string, otherwise: string) =>
    words.or(`jobs.${job.name}.fields.${field}.endings.${key}`, otherwise);
  const { end, part } = partsOf(line.trimEnd(), forms);
  return {
    part: forms.part && { name: parting(field, name), label: words.t('proposals.partOf', { name }), value: part },
    name: ending(field, name),
    label: words.t('proposals.endOf', { name }),
    options: [
      { value: '', title: words.t('proposals.asItIs'), isChosen: end === '' },
      ...endings.map(([key, { text, title: english }]) => ({
        value: text,
        title: title(key, english),
        isChosen: end === text,
      })),
    ],
  };
}

/** What a host has no time for now says nothing about the form. */
const LATER = new Set(['preview-wait', 'preview-paused', 'preview-throttled', 'preview-too-slow']);

function verdictOf({ findings, rows, verdict }: Preview): Verdict | 'later' {
  const warnings = findings.filter(({ isWarning }) => isWarning);
  if (rows.length === 0 && warnings.some(({ code }) => LATER.has(code))) return 'later';
  if (verdict !== undefined) return verdict;
  if (warnings.length === 0) return 'found';
  return rows.length === 0 ? 'nothing' : 'partly';
}

export type ShownProposals = ReturnType<typeof shownProposals>;

export function shownProposals(res: Response, job: Job, typed: Body, example: string, found: Proposals) {
  const { words } = res.locals.tobiishi;
  return {
    example,
    /** Of a page that could not be read nothing can be asked. */
    isRead: found.proposals.length > 0 || found.findings.some(({ isWarning }) => !isWarning),
    findings: shownFindings(words, job, found.findings),
    /** Of the form that asks again, with an example. */
    hidden: Object.entries(typed).map(([name, value]) => ({ name, value })),
    others: (found.others ?? []).map(({ fields, name: what, params }) => ({
      hidden: Object.entries({ ...typed, ...fields }).map(([name, value]) => ({ name, value })),
      text: ownText(words, job.name, `proposals.${what}`, what, params),
    })),
    list: found.proposals.map((proposal) => shownProposal(res, job, typed, proposal)),
  };
}

function shownFindings(words: Words, job: Job, findings: readonly Finding[]) {
  return findings.map((each) => ({ text: findingText(words, job.name, 'preview', each), isWarning: each.isWarning }));
}

function shownProposal(
  res: Response,
  job: Job,
  typed: Body,
  { fields, lines, options, rows, findings, taken }: Proposal,
) {
  const { words } = res.locals.tobiishi;
  const filled = { ...typed, ...fields };
  const isFilled = (field: string) => Object.hasOwn(fields, field);
  const own = new Set([lines.field, ...options.map(({ field }) => field).filter((field) => !isFilled(field))]);
  const chosen = lines.lines.filter(({ isChosen }) => isChosen);
  return {
    rows,
    taken,
    findings: shownFindings(words, job, findings),
    title: words.t('proposals.title', {
      count: rows,
      names: chosen
        .slice(0, 4)
        .map(({ name }) => name)
        .join(words.t('site.comma')),
    }),
    hidden: Object.entries(filled).flatMap(([name, value]) => (own.has(name) ? [] : { name, value: String(value) })),
    field: lines.field,
    added: addedTo(job, lines.field),
    lines: lines.lines.map(({ name, rest, isChosen, samples }) => ({
      name,
      value: `${name}: ${rest}`,
      renaming: renaming(lines.field, name),
      isChosen,
      choice: lineChoice(words, job, lines.field, name, rest),
      samples: samples.map(short),
    })),
    options: options.map(({ field, value, isChosen, params }) => ({
      name: isFilled(field) ? instead(field) : field,
      value,
      isChosen,
      text: ownText(words, job.name, `proposals.${field}`, field, shortened(params)),
    })),
  };
}

function shortened(params: Finding['params']): Finding['params'] {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, withoutMiddle(String(value))]));
}

/** Addresses have what matters at their ends. */
function withoutMiddle(text: string): string {
  const half = LONGEST_PARAM / 2;
  return text.length > LONGEST_PARAM ? `${text.slice(0, half)}…${text.slice(-half)}` : text;
}

function short(text: string): string {
  return text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE)}…` : text;
}
