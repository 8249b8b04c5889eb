/** Ends of names that do not exist, and what was meant. */
const ENDS: readonly (readonly [typed: RegExp, meant: string])[] = [
  [/\.(?:con|cmo|ocm|vom|xom|comm|cm|om)$/, '.com'],
  [/\.(?:co|ne|or|ac|go)\.(?:jo|jpp|j|p)$/, '.co.jp'],
  [/\.(?:jo|jpp)$/, '.jp'],
  [/\.(?:ogr|orgg|prg)$/, '.org'],
  [/\.(?:nte|ent|nett)$/, '.net'],
];

/** Hosts that may have been meant with one that does not exist, the likeliest first. */
export function hostsMeant(host: string): readonly string[] {
  const mended = ENDS.flatMap(([typed, meant]) => (typed.test(host) ? host.replace(typed, meant) : []));
  const doubled = host.replace(/\.{2,}/g, '.').replace(/^w{2,4}\.(?=.)/, 'www.');
  const other = host.startsWith('www.') ? host.slice(4) : `www.${host}`;
  return [...new Set([...mended, doubled, other])].filter((each) => each !== host);
}
