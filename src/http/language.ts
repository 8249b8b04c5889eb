import type { Request, RequestHandler } from 'express';
import type { Failure } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Input } from '../core/run.js';
import type { Item } from '../core/step.js';
import { saveSession, sessionOf } from './session.js';
import { isLanguage, LANGUAGES, type Language } from './texts.js';
import type { Words } from './words.js';

/** The browser's wish; holds for answers that are sent before there is a session, too. */
export const requestLanguage: RequestHandler = (req, res, next) => {
  const wished = req.acceptsLanguages([...LANGUAGES]);
  const { tobiishi } = res.locals;
  tobiishi.words = tobiishi.instance.words[isLanguage(wished) ? wished : 'en'];
  res.vary('Accept-Language');
  next();
};

/** The visitor's choice, made with `?lang=` and kept in the session, wins over the browser's wish. */
export const sessionLanguage: RequestHandler = async (req, res, next) => {
  const chosen = chosenLanguage(req);
  if (chosen !== null) {
    sessionOf(req).language = chosen;
    await saveSession(req);
  }
  const kept = req.session?.language;
  if (isLanguage(kept)) res.locals.tobiishi.words = res.locals.tobiishi.instance.words[kept];
  next();
};

function chosenLanguage(req: Request): Language | null {
  const wished = req.query['lang'];
  return isLanguage(wished) ? wished : null;
}

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

export function failureText(words: Words, failure: Failure): string {
  return words.or(`failures.${failure.code}`, failure.message, failure.params);
}
