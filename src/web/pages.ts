import type { RequestHandler } from 'express';
import { saveSession, sessionOf } from './session.js';

/** The visitor's choice, kept in the session: `?pages=plain` loads a page for each step, `?pages=quiet` changes one. */
export const sessionPages: RequestHandler = async (req, _res, next) => {
  const chosen = req.query['pages'];
  if (chosen === 'plain') sessionOf(req).plain = true;
  else if (chosen === 'quiet') delete sessionOf(req).plain;
  else return next();
  await saveSession(req);
  next();
};
