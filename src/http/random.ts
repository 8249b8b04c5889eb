import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;

/** Asked for one by one, a few random bytes take longer than the text they go into. Each is given out once. */
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Writes as many random bytes to the beginning of `target`, at most `POOL_BYTES`. */
export function fillRandom(target: Buffer, bytes: number): void {
  const from = taken(bytes);
  pool.copy(target, 0, from, used);
  pool.fill(0, from, used);
}

/** As text: at most `POOL_BYTES`. */
export function randomText(bytes: number, encoding: 'base64' | 'base64url'): string {
  const from = taken(bytes);
  const text = pool.toString(encoding, from, used);
  pool.fill(0, from, used);
  return text;
}

/** Where in the pool they begin; `used` is where they end. */
function taken(bytes: number): number {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return used - bytes;
}
