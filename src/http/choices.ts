import type { RequestHandler } from 'express';
import { keepLanguage } from './language.js';
import { saveSession, sessionOf } from './session.js';

/**
 * What a visitor chooses by an address is kept in the session: a language (`?lang=ja`), and whether each step loads a page
 * (`?pages=plain`) or changes the one that is there (`?pages=quiet`).
 */
export const keepChoices: RequestHandler = (req, res, next) => {
  const { lang, pages } = req.query;
  if (lang !== undefined || pages !== undefined) return keepChosen(req, res, next);
  res.locals.tobiishi.plain = req.tobiishiSession?.contents.plain === true;
  return next();
};

const keepChosen: RequestHandler = async (req, res, next) => {
  await keepLanguage(req);
  const chosen = req.query['pages'];
  if (chosen === 'plain' || chosen === 'quiet') {
    if (chosen === 'plain') sessionOf(req).plain = true;
    else delete sessionOf(req).plain;
    await saveSession(req);
  }
  res.locals.tobiishi.plain = req.tobiishiSession?.contents.plain === true;
  next();
};
