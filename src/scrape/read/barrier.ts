import type { PageDocument } from './page-document.js';

/** What a page can ask for instead of showing anything. */
export type Barrier = 'cookies' | 'javascript' | 'captcha' | 'login';

/** A page that shows something is longer; and only a part of the bytes is text. */
const MOST_CHARACTERS = 100_000;
const MOST_SHOWN = 1500;

const SIGNS: readonly (readonly [barrier: Barrier, sign: RegExp])[] = [
  [
    'captcha',
    /captcha|(?:are|that) you(?:'re| are)? (?:not )?(?:a )?(?:human|robot)|verify(?:ing)? (?:that )?you are human|checking your browser|unusual traffic|ロボットではありません|画像認証/i,
  ],
  [
    'cookies',
    /(?:switch|turn)(?:ed)? on (?:your )?cookies|(?:enable|activate|allow|accept|requires?|switch|turn) (?:your |the use of )?(?:browser )?cookies(?: on|[.!]| in| to)|cookies (?:on|are (?:disabled|required|switched off|turned off))|クッキーを?有効|cookie\s*を?有効/i,
  ],
  [
    'javascript',
    /(?:enable|activate|turn on|switch on|requires?|needs?) (?:your )?java\s?script|java\s?script (?:is|must be|to be) (?:disabled|enabled|required|turned off)|javascript\s*(?:を|が)(?:有効|オン|必要)/i,
  ],
  ['login', /(?:please|you must|you need to) (?:log|sign) ?in\b|ログインしてください|要ログイン/i],
];

/** Looked for only on short pages: a long one that mentions it shows the rest as well. */
export function barrierIn(document: PageDocument, source: string): Barrier | null {
  if (source.length > MOST_CHARACTERS) return null;
  const shown = document.text(MOST_SHOWN);
  if (shown.length > MOST_SHOWN) return null;
  return SIGNS.find(([, sign]) => sign.test(shown))?.[0] ?? null;
}
