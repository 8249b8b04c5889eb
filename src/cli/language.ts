import { isLanguage, type Language } from '../http/texts.js';

/** Of a terminal's texts, by the first of these that says something: `ja_JP.UTF-8`. */
export function languageOf({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): Language {
  const [language] = (LC_ALL || LC_MESSAGES || LANG || '').split(/[_.@-]/);
  return isLanguage(language) ? language : 'en';
}
