import type { RequestHandler } from 'express';
import { saveSession, sessionOf } from './session.js';

/** The visitor's choice, kept in the session: `?pages=plain` loads a page for each step, `?pages=quiet` changes one. */
export const sessionPages: RequestHandler = async (req, res, next) => {
  const chosen = req.query['pages'];
  if (chosen === 'plain' || chosen === 'quiet') {
    if (chosen === 'plain') sessionOf(req).plain = true;
    else delete sessionOf(req).plain;
    await saveSession(req);
  }
  res.locals.tobiishi.plain = req.session?.plain === true;
  next();
};
