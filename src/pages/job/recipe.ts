import type { RequestHandler } from 'express';
import type { Job } from '../../core/job.js';
import { isUpload } from '../../core/upload.js';
import type { Body } from '../../http/form-body.js';
import type { PageDeps } from '../deps.js';
import { typedFields } from './fields.js';
import { findJob } from './find.js';
import { sendForm } from './form.js';
import { withKeptFiles } from './kept-files.js';

/** Servers and proxies on the way take addresses of at least this length. */
const LONGEST_LINK = 6000;
const MOST_NAMED = 10;
/** A form that is filled in to its limits; reading more would hold up others. */
const MOST_RECIPE_BYTES = 600_000;

/** The form as it is filled in, as a file. */
export function recipeSave(deps: PageDeps): RequestHandler<{ job: string }> {
  return (req, res) => {
    const job = findJob(deps, req.params.job);
    res.setHeader('Content-Disposition', `attachment; filename="${job.name}-recipe.json"`);
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.send(`${JSON.stringify({ tobiishi: 1, job: job.name, fields: typedFields(job, req.body) }, null, 2)}\n`);
  };
}

/** Goes to the address that brings the form back as it is filled in. */
export function recipeLink(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const job = findJob(deps, req.params.job);
    const filled = Object.entries(typedFields(job, req.body)).filter(([, value]) => value !== '');
    const query = new URLSearchParams(filled).toString();
    if (query.length <= LONGEST_LINK)
      return void res.redirect(303, res.locals.tobiishi.paths.jobFilledIn(job.name, query));
    const typed = await withKeptFiles(deps.uploads, req, job);
    await sendForm(deps, req, res, job, {
      status: 422,
      typed,
      problem: res.locals.tobiishi.words.t('form.linkTooLong'),
    });
  };
}

/** The form, filled in from a file that was saved. */
export function recipeLoad(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const job = findJob(deps, req.params.job);
    const { words } = res.locals.tobiishi;
    const recipe = await readRecipe(job, req.body?._recipe);
    if (recipe) {
      const names = recipe.unknown.slice(0, MOST_NAMED);
      const problem = names.length === 0 ? null : words.t('form.recipeUnknown', { names });
      return sendForm(deps, req, res, job, { typed: recipe.typed, problem });
    }
    await sendForm(deps, req, res, job, { status: 422, typed: null, problem: words.t('form.noRecipe') });
  };
}

interface Recipe {
  readonly typed: Body;
  /** Names in the file that the form has no use for. */
  readonly unknown: readonly string[];
}

/** Null when the file is no recipe of this job. */
async function readRecipe(job: Job, file: unknown): Promise<Recipe | null> {
  if (!isUpload(file) || file.size > MOST_RECIPE_BYTES) return null;
  const recipe = parseRecipe(new TextDecoder().decode(await file.bytes()));
  if (recipe?.job !== job.name) return null;
  const typed = typedFields(job, recipe.fields);
  const isKnown = (field: string) => Object.hasOwn(typed, field) || recipe.fields[field] === 'false';
  return { typed, unknown: recipe.named.filter((field) => !isKnown(field)) };
}

/** A saved form: its job, what was typed, and the names of all of its fields, those that hold no text included. */
export function parseRecipe(
  text: string,
): { readonly job: string; readonly fields: Record<string, string>; readonly named: readonly string[] } | null {
  try {
    const { job, fields } = JSON.parse(text) as { job?: unknown; fields?: unknown };
    if (typeof job !== 'string' || typeof fields !== 'object' || fields === null) return null;
    // What people write by hand: numbers, true and false, and lists of lines.
    const texts = Object.entries(fields).flatMap(([field, value]) => {
      const typed = asTyped(value);
      return typed === null ? [] : [[field, typed]];
    });
    return { job, fields: Object.fromEntries(texts), named: Object.keys(fields) };
  } catch {
    return null;
  }
}

function asTyped(value: unknown): string | null {
  if (Array.isArray(value)) return value.every((each) => typeof each === 'string') ? value.join('\n') : null;
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : null;
}
