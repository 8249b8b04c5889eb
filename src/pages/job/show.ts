import { isDeepStrictEqual } from 'node:util';
import type { Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { isTobiishiError } from '../../core/errors.js';
import type { Job } from '../../core/job.js';
import type { Run } from '../../core/run.js';
import type { Json } from '../../core/step.js';
import { isUploadRef, uploadOf } from '../../core/upload.js';
import type { Body } from '../../http/form-body.js';
import { visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { cellText } from '../run/table.js';
import { rawInput } from './fields.js';
import { findJob } from './find.js';
import { sendForm } from './form.js';

/** The job's form. Fields in the address are filled in (`/jobs/wait?seconds=3`), or those of a run (`?_run=ID`). */
export function jobShow(deps: PageDeps): RequestHandler<{ job: string }> {
  return async (req, res) => {
    const job = findJob(deps, req.params.job);
    const filledIn = Object.keys(req.query).some((name) => Object.hasOwn(job.input.shape, name));
    const typed = filledIn ? req.query : await typedInRun(deps, job, req);
    await sendForm(deps, req, res, job, { typed });
  };
}

/** What was typed for the visitor's run that the address names; null when there is none, or it cannot be known. */
async function typedInRun({ runs, uploads }: PageDeps, job: Job, req: Request): Promise<Body | null> {
  const id = req.query['_run'];
  const visitorId = visitorOf(req);
  if (typeof id !== 'string' || visitorId === null) return null;
  const run = await runs.find(id, visitorId).catch((error: unknown) => {
    // Deleted since: the empty form is still what was asked for.
    if (isTobiishiError(error, 'run-not-found')) return null;
    throw error;
  });
  if (run?.job !== job.name) return null;
  const typed = asTyped(job, run);
  const asWatch = req.query['_watch'] === '1' ? job.asWatch : {};
  return typed && { ...typed, ...asWatch, ...(await filesOf(uploads, job, run)) };
}

/** Null when a field cannot be filled in so that the same value is read. Without files. */
function asTyped(job: Job, run: Run): Body | null {
  const typed: Record<string, string> = {};
  const left = [...job.secrets, ...job.files];
  const shown = Object.entries(run.input).filter(([name]) => !left.includes(name));
  for (const [name, value] of shown) {
    const lines: readonly Json[] = Array.isArray(value) ? value : [value];
    typed[name] = lines.map(cellText).join('\n');
  }
  const raw = rawInput(job, typed);
  const isSame = shown.every(([name, value]) => {
    const parsed = (job.input.shape[name] as z.ZodType | undefined)?.safeParse(raw[name]);
    return parsed?.success && isDeepStrictEqual(JSON.parse(JSON.stringify(parsed.data)), value);
  });
  return isSame ? typed : null;
}

async function filesOf(uploads: PageDeps['uploads'], job: Job, { input, visitorId }: Run): Promise<Body> {
  const files = job.files.map(async (name) => {
    const refs = [input[name] as unknown].flat().filter(isUploadRef);
    const found = await Promise.all(refs.map(({ upload }) => uploads.find(visitorId, upload)));
    return [name, found.flatMap((kept) => (kept === null ? [] : [uploadOf(kept, uploads)]))] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}
