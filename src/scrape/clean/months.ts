/** Languages whose names of months are known, the most usual first. */
const LANGUAGES = 'en de fr es it pt nl sv da nb fi pl cs sk hu ro ru uk bg el tr hr sl et lv lt ca id is ga'.split(
  ' ',
);

const tables = new Map<string, ReadonlyMap<string, number>>();

/** The month that a word names, from 1, as it is written in that language or, if it is no word of it, in another; or null. */
export function monthNamed(word: string, language: string): number | null {
  const name = plain(word);
  const own = language.toLowerCase().split('-')[0] ?? '';
  for (const each of LANGUAGES.includes(own) ? [own, ...LANGUAGES] : LANGUAGES) {
    const month = tableOf(each).get(name);
    if (month !== undefined) return month;
  }
  return null;
}

function tableOf(language: string): ReadonlyMap<string, number> {
  const known = tables.get(language);
  if (known !== undefined) return known;
  const table = new Map<string, number>();
  // Alone, and as they stand in a date: `ноябрь`, `28 ноября`.
  const styles = [
    { month: 'long' },
    { month: 'short' },
    { day: 'numeric', month: 'long', year: 'numeric' },
    { day: 'numeric', month: 'short', year: 'numeric' },
  ] as const;
  for (const style of styles) {
    const format = new Intl.DateTimeFormat(language, { ...style, timeZone: 'UTC', calendar: 'gregory' });
    for (let month = 1; month <= 12; month += 1) {
      const parts = format.formatToParts(Date.UTC(2026, month - 1, 15));
      const name = plain(parts.find(({ type }) => type === 'month')?.value ?? '');
      if (!/^\d*$/.test(name) && !table.has(name)) table.set(name, month);
    }
  }
  // `Sept` is nowhere in the tables of English, and everywhere on its pages.
  if (language === 'en') table.set('sept', 9);
  tables.set(language, table);
  return table;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
