import { ATTACKS } from './attacks/all.js';
import type { Waits } from './honest.js';
import { carryOut } from './trial.js';

/**
 * `npm run abuse -- WORD…`: the attacks whose name has one of the words, or all. Prints, for each, how much longer than usual
 * somebody honest waited at most, for a page and for a run, just before it, when nobody attacked, and during it: what the
 * first says is the machine's, and what the second says beyond it is the attack's. `held`: the longest that the thread which
 * answers requests answered nobody, whatever else the machine did; `busy`: how much of a processor it took. Exit code 1 when
 * an attack ended the server.
 */
async function main(words: readonly string[]): Promise<number> {
  const attacks = ATTACKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  let ended = 0;
  const headings = ['quiet', 'page', 'quiet', 'run', 'held', 'busy', 'alive', 'memory'];
  console.log(line('attack', headings, 'what the attacker got'));
  for await (const { attack, result, waited, quiet, thread, lives, memoryMb } of carryOut(attacks)) {
    const beyond = (of: keyof Waits) => [quiet, waited].map(({ longest }) => ms(longest[of] - quiet.median[of]));
    const part = `${(100 * thread.part).toFixed(0)} %`;
    const figures = [...beyond('pageMs'), ...beyond('runMs'), ms(thread.heldMs), part, lives ? 'yes' : 'NO'];
    console.log(line(attack, [...figures, `${memoryMb ?? '?'} MB`], result));
    if (!lives) ended += 1;
  }
  return ended === 0 ? 0 : 1;
}

function ms(duration: number): string {
  return `${duration.toFixed(0)} ms`;
}

function line(attack: string, figures: readonly string[], got: string): string {
  return [attack.padEnd(62), ...figures.map((figure) => figure.padStart(8)), got].join('  ');
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(2);
  },
);
