import type { Request } from 'express';
import type { Asker } from '../../core/fair-shares.js';
import type { Job } from '../../core/job.js';
import { uploadOf, uploadsOf } from '../../core/upload.js';
import type { Body } from '../../http/form-body.js';
import { visitorOf } from '../../http/session.js';
import type { PageDeps } from '../deps.js';
import { chosenLines } from './chosen-lines.js';
import { type FormErrors, fileFields, type KeptFile } from './fields.js';

const LONGEST_KEY = 100;

/**
 * What was sent, with the visitor's kept files in place of their keys: browsers fill in every field again, but not files. A key
 * whose file is gone stays a text, which no file field accepts.
 */
export async function withKeptFiles(uploads: PageDeps['uploads'], req: Request, job: Job): Promise<Body> {
  const body: Record<string, unknown> = chosenLines(job, req.body);
  const visitorId = visitorOf(req);
  const found = async (key: unknown) => {
    if (typeof key !== 'string' || visitorId === null || key.length > LONGEST_KEY) return key;
    const kept = await uploads.find(visitorId, key);
    return kept === null ? key : uploadOf(kept, uploads);
  };
  for (const field of fileFields(job)) {
    const sent = [body[field]].flat().filter((value) => value !== undefined && value !== '');
    body[field] = await Promise.all(sent.map(found));
  }
  return body;
}

/** The valid files, which are there for the next time the form is sent, by field. */
export async function keptFiles(
  { runs }: Pick<PageDeps, 'runs'>,
  asker: Asker,
  job: Job,
  body: Body,
  errors: FormErrors,
): Promise<ReadonlyMap<string, readonly KeptFile[]>> {
  const kept = new Map<string, readonly KeptFile[]>();
  for (const field of fileFields(job)) {
    if (errors.has(field)) continue;
    const listed = uploadsOf(body[field]).map(async (file) => ({
      key: file.id,
      name: file.name,
      entries: await runs.entries(job, file, asker),
    }));
    kept.set(field, await Promise.all(listed));
  }
  return kept;
}
