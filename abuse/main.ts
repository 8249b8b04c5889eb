import { ATTACKS } from './attacks/all.js';
import { carryOut } from './trial.js';

/**
 * `npm run abuse -- WORD…`: the attacks whose name has one of the words, or all. Prints, for each, how much longer than in
 * quiet somebody honest waited at most, and the most memory that the server took. Exit code 1 when one ended the server.
 */
async function main(words: readonly string[]): Promise<number> {
  const attacks = ATTACKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  let quiet = { pageMs: 0, runMs: 0 };
  let ended = 0;
  console.log(line('attack', 'page', 'run', 'alive', 'memory', 'what the attacker got'));
  for await (const found of carryOut(attacks)) {
    if ('quiet' in found) {
      quiet = found.quiet;
      console.log(line('(none: in quiet)', ms(quiet.pageMs), ms(quiet.runMs), 'yes', '', ''));
      continue;
    }
    const { attack, result, waited, lives, memoryMb } = found;
    const beyond = [waited.pageMs - quiet.pageMs, waited.runMs - quiet.runMs].map(
      (more) => `+${ms(Math.max(0, more))}`,
    );
    console.log(line(attack, ...beyond, lives ? 'yes' : 'NO', `${memoryMb ?? '?'} MB`, result));
    if (!lives) ended += 1;
  }
  return ended === 0 ? 0 : 1;
}

function ms(duration: number): string {
  return `${duration.toFixed(0)} ms`;
}

/** One of the table: the longest waits of somebody honest, for a page and for a run. */
function line(attack = '', page = '', run = '', alive = '', memory = '', got = ''): string {
  return [attack.padEnd(62), page.padStart(9), run.padStart(9), alive.padStart(5), memory.padStart(8), got].join('  ');
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(2);
  },
);
