import { describe } from 'node:test';
import type { Store } from '../../core/store.js';
import type { FrozenClock } from '../frozen-clock.js';
import { claimsContract } from './claims.js';
import { ContractBench, type ContractOptions } from './contract-bench.js';
import { controlContract } from './control.js';
import { housekeepingContract } from './housekeeping.js';
import { plansContract } from './plans.js';
import { rateLimitsContract } from './rate-limits.js';
import { recordsContract } from './records.js';
import { runsContract } from './runs.js';
import { stepsContract } from './steps.js';
import { takeoverContract } from './takeover.js';

/**
 * What every store must do, as tests of `node:test`. `open` makes an empty store that lives by the clock; each test closes its
 * own.
 */
export function storeContract(
  name: string,
  open: (clock: FrozenClock) => Promise<Store>,
  options: ContractOptions = {},
): void {
  describe(`store contract: ${name}`, () => {
    const bench = new ContractBench(open, options);
    runsContract(bench);
    claimsContract(bench);
    stepsContract(bench);
    plansContract(bench);
    recordsContract(bench);
    controlContract(bench);
    rateLimitsContract(bench);
    takeoverContract(bench);
    housekeepingContract(bench);
  });
}
