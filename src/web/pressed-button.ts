import type { RequestHandler } from 'express';
import { sessionLanguage } from './language.js';

const MEANT = /^(?:form|preview|link|recipe)(?:\?[\w=&]+)?$/;

/**
 * Text browsers do not know `formaction`: they send whichever button was pressed to the form's own address, which starts a
 * run. Buttons meant for another address of the job say so in `_to` as well.
 */
export const pressedButton: RequestHandler = (req, res, next) => {
  if (req.method !== 'POST' || req.path !== '/runs') return next();
  const { job, _to: to } = req.body ?? {};
  if (typeof job !== 'string' || !/^[a-z][a-z0-9-]*$/.test(job) || typeof to !== 'string' || !MEANT.test(to))
    return next();
  req.url = `/jobs/${job}/${to}`;
  return sessionLanguage(req, res, next);
};
