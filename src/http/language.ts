import type { Request } from 'express';
import type { LruCache } from '../core/lru-cache.js';
import { saveSession, sessionOf } from './session.js';
import { isLanguage, LANGUAGES, type Language } from './texts.js';

/**
 * The language of an answer, decided here and nowhere else: what the address asks for, else what the visitor chose
 * before, else what the browser wishes for. To be asked whenever words are needed: the session comes late, and not at
 * all when its store is unavailable. `wishes`: of browsers, by what they send; few are different.
 */
export function languageOf(req: Request, wishes: LruCache<Language>): () => Language {
  let wished: Language | null = null;
  return () => {
    const asked = req.query['lang'];
    if (isLanguage(asked)) return asked;
    const kept = req.tobiishiSession?.contents.language;
    if (isLanguage(kept)) return kept;
    wished ??= wishes.find(req.headers['accept-language'] ?? '', () => browserLanguage(req)) ?? 'en';
    return wished;
  };
}

function browserLanguage(req: Request): Language {
  const wished = req.acceptsLanguages([...LANGUAGES]);
  return isLanguage(wished) ? wished : 'en';
}

/** Keeps the choice that the address makes with `?lang=`. */
export async function keepLanguage(req: Request): Promise<void> {
  const chosen = req.query['lang'];
  if (!isLanguage(chosen)) return;
  sessionOf(req).language = chosen;
  await saveSession(req);
}
