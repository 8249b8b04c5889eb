import { ATTACKS } from './attacks.js';
import { carryOut } from './trial.js';

/**
 * `npm run abuse -- WORD…`: the attacks whose name has one of the words, or all. Prints how much longer than in quiet somebody
 * honest waited under each. Exit code 1 when one of them ended the server.
 */
async function main(words: readonly string[]): Promise<number> {
  const attacks = ATTACKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  let quiet = { pageMs: 0, runMs: 0 };
  let ended = 0;
  for await (const found of carryOut(attacks)) {
    if ('quiet' in found) {
      quiet = found.quiet;
      console.log(`in quiet: page ${quiet.pageMs.toFixed(0)} ms, run ${quiet.runMs.toFixed(0)} ms`);
      continue;
    }
    const { attack, result, waited, lives } = found;
    const beyond = `page +${(waited.pageMs - quiet.pageMs).toFixed(0)} ms, run +${(waited.runMs - quiet.runMs).toFixed(0)} ms`;
    console.log(`${attack}: ${lives ? beyond : 'THE SERVER ENDED'} (${waited.rounds} rounds; attacker: ${result})`);
    if (!lives) ended += 1;
  }
  return ended === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(2);
  },
);
