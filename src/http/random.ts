import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;

/** Asked for one by one, a few random bytes take longer than the text they go into. Each is given out once. */
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** At most `POOL_BYTES`. */
export function randomPart(bytes: number): Buffer {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  const part = Buffer.from(pool.subarray(used - bytes, used));
  pool.fill(0, used - bytes, used);
  return part;
}
