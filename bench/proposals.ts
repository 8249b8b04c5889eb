import type { Bench, Figure } from './lib/bench.js';
import { PAGES, type PageName } from './lib/list-pages.js';
import { alternate, median, ratioOf } from './lib/measure.js';
import { compiled, Program } from './lib/program.js';
import { number } from './lib/report.js';

export const proposals: Bench = {
  name: 'proposals',
  measures:
    'What the lists on a page of 400 KB are: CPU from its bytes to the proposals, against decoding and parsing it once with the same parser.',
  wrong: [
    'Pages were built otherwise: these are made for the bench, one of cards and one of a table.',
    'The first page counted: both sides have seen the page before. Each measurement is of several pages, garbage included.',
  ],
  async run({ quick }) {
    const program = await Program.start(compiled('programs/proposals.js'));
    try {
      const figures: Figure[] = [];
      for (const page of Object.keys(PAGES) as PageName[]) {
        const side = (what: 'find' | 'parse') => () => program.ask<number>({ what, page, times: quick ? 3 : 10 });
        const sides = { find: side('find'), parse: side('parse') };
        await alternate(2, sides);
        const { find, parse } = await alternate<'find' | 'parse', number>(quick ? 3 : 9, sides);
        figures.push({
          what: `proposals, a page of ${page}`,
          against: 'parsing it once',
          ratio: ratioOf(find, parse),
          goal: { atMost: 3 },
          better: 'lower',
          sides: `${number(median(find))} ms, ${number(median(parse))} ms`,
        });
      }
      const sizes = Object.entries(PAGES).map(([name, text]) => `${name} ${number(Buffer.byteLength(text) / 1000)} KB`);
      return { figures, notes: [`${sizes.join(', ')}.`] };
    } finally {
      await program.stop();
    }
  },
};
