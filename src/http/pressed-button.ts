import type { RequestHandler } from 'express';
import { sessionLanguage } from './language.js';

const MEANT = /^_to:((?:form|preview|link|recipe)(?:\?[\w=&]+)?)$/;

/**
 * Text browsers do not know `formaction`: they send whichever button was pressed to the form's own address, which starts a
 * run. Buttons meant for another address of the job say so in their name as well: lynx shows the value of a button that
 * has one before its text.
 */
export const pressedButton: RequestHandler = (req, res, next) => {
  if (req.path !== '/runs') return next();
  const job: unknown = req.body?.job;
  const to = Object.keys(req.body ?? {}).flatMap((name) => MEANT.exec(name)?.[1] ?? [])[0];
  if (typeof job !== 'string' || !/^[a-z][a-z0-9-]*$/.test(job) || to === undefined) return next();
  req.url = `/jobs/${job}/${to}`;
  return sessionLanguage(req, res, next);
};
