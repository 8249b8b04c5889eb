import { once } from '../core/once.js';
import { LANGUAGES, ownText } from './texts.js';

/** What is refused before there is a request, so that nobody knows whose language to speak. */
export type Refused = 'headers-too-large' | 'request-too-slow' | 'unreadable' | 'too-many-connections';

const STATUS: Readonly<Record<Refused, string>> = {
  'headers-too-large': '431 Request Header Fields Too Large',
  'request-too-slow': '408 Request Timeout',
  unreadable: '400 Bad Request',
  'too-many-connections': '429 Too Many Requests',
};
const RETRY_AFTER_S = 5;

/** Made once: whoever opens a thousand connections to be refused must not have the texts read as often. */
const PAGES: Readonly<Record<Refused, () => string>> = {
  'headers-too-large': once(() => makePage('headers-too-large')),
  'request-too-slow': once(() => makePage('request-too-slow')),
  unreadable: once(() => makePage('unreadable')),
  'too-many-connections': once(() => makePage('too-many-connections')),
};

/** A whole answer, as it goes over the wire: a page in every language that loads nothing. It ends the connection. */
export function smallPage(refused: Refused): string {
  return PAGES[refused]();
}

function makePage(refused: Refused): string {
  const sections = LANGUAGES.map((language) => {
    const [title, what] = ['title', 'what'].map((part) => ownText(language, `refused.${refused}.${part}`));
    return `<section lang="${language}"><h1>${title}</h1><p>${what}</p></section>`;
  });
  // A page of a run that goes on by itself does so without scripts, too.
  const again = refused === 'too-many-connections' ? `<meta http-equiv="refresh" content="${RETRY_AFTER_S}">` : '';
  const style =
    'body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem}h1{font-size:1.25rem}';
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">${again}<title>Tobiishi</title><style>${style}</style>${sections.join('')}`;
  return [
    `HTTP/1.1 ${STATUS[refused]}`,
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(html)}`,
    `Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'`,
    'Cache-Control: no-store',
    ...(refused === 'too-many-connections' ? [`Retry-After: ${RETRY_AFTER_S}`] : []),
    'Connection: close',
    '',
    html,
  ].join('\r\n');
}
