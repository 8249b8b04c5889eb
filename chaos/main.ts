import { carryOut } from './harness.js';
import { readTrials, UsageError } from './options.js';
import { reportText } from './report.js';

/** Carries out the trials of the command line. Exit code 0 when nothing was found, 1 when something was, 2 when asked wrongly. */
async function main(): Promise<number> {
  const trials = await readTrials(process.argv.slice(2));
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The second one does not wait for the end of the checks; what was started is killed on the way out.
    process.on(signal, () => (interrupt.signal.aborted ? process.exit(130) : interrupt.abort()));
  }
  let failed = 0;
  let steps = 0;
  for (const trial of trials) {
    if (interrupt.signal.aborted) break;
    const report = await carryOut(trial, interrupt.signal);
    if (interrupt.signal.aborted) break;
    console.log(reportText(report));
    steps += report.steps;
    if (report.problems.length > 0) failed += 1;
  }
  if (interrupt.signal.aborted) return 130;
  console.log(`${trials.length} trials, ${steps} steps recorded, ${failed} trials with a fault`);
  return failed === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exit(2);
  },
);
