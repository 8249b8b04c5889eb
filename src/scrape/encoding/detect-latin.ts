/** Letters beyond ASCII of a language written in Latin letters. */
const WESTERN: readonly string[] = [
  'äöüßéÄÖÜ',
  'àâæçèéêëîïôœùûüÿÀÂÇÈÉÊÎÔŒ',
  'áéíñóúü¿¡ºªÁÉÍÑÓÚ',
  'àáâãçéêíóôõúüºªÀÁÂÃÇÉÊÍÓÔÕÚ',
  'àèéìíîòóùúÀÈÉÌÒÙ',
  'åäæéèêóòâôöøüÅÄÆÖØ',
  'áæéíðóöúýþÁÆÉÍÐÓÖÚÝÞ',
  'áâäèéêëíîïóôöúûüÉÈË',
  'àçèéíïòóúüÀÇÈÉÍÏÒÓÚ·',
];

/** The same of languages of other encodings, each with those that pages of it were written in. */
const OTHERS: readonly (readonly [letters: string, encodings: readonly string[]])[] = [
  // Polish, Czech, Slovak, Hungarian, Croatian and Slovene, Romanian.
  ['ąćęłńóśźżĄĆĘŁŃÓŚŹŻ', ['windows-1250', 'iso-8859-2']],
  ['áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ', ['windows-1250', 'iso-8859-2']],
  ['áäčďéíĺľňóôŕšťúýžÁÄČĎÉÍĹĽŇÓÔŔŠŤÚÝŽ', ['windows-1250', 'iso-8859-2']],
  ['áéíóöőúüűÁÉÍÓÖŐÚÜŰ', ['windows-1250', 'iso-8859-2']],
  ['čćđšžČĆĐŠŽ', ['windows-1250', 'iso-8859-2']],
  ['ăâîşţșțĂÂÎŞŢȘȚ', ['windows-1250', 'iso-8859-2', 'iso-8859-16']],
  ['çğıîöşüâÇĞİÖŞÜ', ['windows-1254']],
  // Lithuanian, Latvian, Estonian.
  ['ąčęėįšųūžĄČĘĖĮŠŲŪŽ', ['windows-1257', 'iso-8859-4']],
  ['āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ', ['windows-1257', 'iso-8859-4']],
  ['äõöüšžÄÕÖÜŠŽ', ['windows-1257', 'iso-8859-4']],
];

/** So much of a text must be in the letters of its language, and so much more than in those of any other of windows-1252. */
const LEAST_SHARE = 0.9;
const LEAST_LEAD = 0.05;
/** Fewer may be anything, such as the ³ in m³, which would be a letter in Polish. */
const LEAST_DIFFERENT = 3;

/** What is beside a letter, but for marks that stand beside letters in any language. */
const IN_WORDS =
  /(?:(?<=[A-Za-z\u0080-\uffff])|(?=.[A-Za-z\u0080-\uffff]))[^\0-\x7f\u00a0\u2000-\u206f\u00ab\u00bb\u00a9\u00ae\u00b0\u00a7\u2122\u20ac]/g;

/**
 * Which encoding a text in Latin letters is in: null for windows-1252, the usual one, and where nothing is plain.
 * `textIn`: the text as each encoding would have it.
 */
export function detectLatin(textIn: (encoding: string) => string): string | null {
  const western = lettersOf(textIn('windows-1252'));
  const bestWestern = Math.max(...WESTERN.map((letters) => shareOf(western, letters)));
  let best: { readonly encoding: string; readonly share: number } | null = null;
  const known = new Map<string, ReadonlyMap<string, number>>();
  for (const [letters, encodings] of OTHERS) {
    for (const encoding of encodings) {
      const counts = known.get(encoding) ?? lettersOf(textIn(encoding));
      known.set(encoding, counts);
      const share = shareOf(counts, letters);
      const different = [...counts.keys()].filter((letter) => letters.includes(letter)).length;
      if (different < LEAST_DIFFERENT || share < LEAST_SHARE || share < bestWestern + LEAST_LEAD) continue;
      if (best === null || share > best.share) best = { encoding, share };
    }
  }
  return best?.encoding ?? null;
}

/** How often each occurs. */
function lettersOf(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [letter] of text.matchAll(IN_WORDS)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return counts;
}

function shareOf(counts: ReadonlyMap<string, number>, letters: string): number {
  let all = 0;
  let own = 0;
  for (const [letter, count] of counts) {
    all += count;
    if (letters.includes(letter)) own += count;
  }
  return all === 0 ? 0 : own / all;
}
