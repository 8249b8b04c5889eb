import type { RequestHandler, Response } from 'express';
import { TobiishiError } from '../core/errors.js';
import type { Finding, Preview } from '../core/preview.js';
import type { Input } from '../core/run.js';
import { formFields, readForm } from '../web/form.js';
import type { Words } from '../web/language.js';
import type { PageDeps } from './deps.js';
import { sendForm } from './job-form.js';
import { tableOf } from './run-table.js';

/** Tries what was typed without starting a run, and shows the form again with what was found. */
export function jobPreview({ jobs, engine }: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const { words } = res.locals;
    const job = jobs.get(req.params.job);
    if (!job?.hasPreview) throw new TobiishiError('job-not-found', `no job ${req.params.job} that can be tried`);
    const form = readForm(words, job, req.body);
    if (!form.ok) {
      const fields = formFields(words, job, req.body, form.errors);
      return sendForm(req, res, job, { status: 422, fields, problem: form.errors.get('') ?? null });
    }
    const preview = await engine.preview(job, form.input as Input);
    const fields = formFields(words, job, req.body);
    await sendForm(req, res, job, { fields, preview: shownPreview(res, preview) });
  };
}

export type ShownPreview = ReturnType<typeof shownPreview>;

function shownPreview(res: Response, { findings, rows }: Preview) {
  const { words } = res.locals;
  return {
    findings: findings.map((finding) => ({ text: findingText(words, finding), isWarning: finding.isWarning })),
    table: tableOf(rows.map((row, index) => ({ number: index + 1, row }))),
  };
}

/** A failure among the findings has its text where failures have theirs. */
function findingText(words: Words, { code, message, params }: Finding): string {
  const shown = Object.fromEntries(
    Object.entries(params).map(([name, value]) =>
      name.endsWith('Ms') ? [name.slice(0, -2), words.duration(Number(value))] : [name, value],
    ),
  );
  return words.or(`preview.${code}`, words.or(`failures.${code}`, message, shown), shown);
}
