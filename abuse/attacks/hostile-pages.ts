/** A page, and how it is asked to be read. */
export interface HostilePage {
  readonly html: () => string;
  readonly row?: string;
  readonly columns?: string;
  readonly next?: string;
}

const numbered = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join('');

/** Each of them stopped the server for seconds, or ended it, when pages were read where requests are answered. */
export const HOSTILE_PAGES: Readonly<Record<string, HostilePage>> = {
  siblings: { html: () => '<i></i>'.repeat(1400), row: 'u ~ i ~ i ~ i' },
  'has within': { html: () => '<div>'.repeat(200), row: 'div:has(div .x)' },
  'open list items': { html: () => '<ul><li>'.repeat(51_000), row: 'li' },
  attributes: { html: () => `<p ${numbered(100_000, (i) => `a${i} `)}>x`, row: 'p' },
  'open fonts': { html: () => `${numbered(1800, (i) => `<font id=f${i}>`)}${'<p>x'.repeat(2000)}`, row: 'p' },
  'open fonts between': { html: () => numbered(9000, (i) => `<font id=f${i}>x<p>`), row: 'p' },
  'nested rows': { html: () => `${'<div>'.repeat(9990)}x`, row: 'div' },
  'nested rows as HTML': { html: () => `${'<div>'.repeat(9990)}x`, row: 'div', columns: 'all: @html' },
  'even rows': { html: () => `<table>${'<tr><td>x'.repeat(40_000)}`, row: 'tr:nth-child(even)' },
  'very many links': { html: () => numbered(300_000, (i) => `<a href=/l${i}>x</a>`), next: 'a' },
  'a large text': { html: () => `<p>${'word '.repeat(2_000_000)}` },
  'a large tree': { html: () => '<b>x</b>'.repeat(1_200_000) },
  'a cell a hundred times': {
    html: () => `<p>${'x'.repeat(9_000_000)}`,
    columns: numbered(100, (i) => `c${i}: p@html\n`),
  },
};
