import { setImmediate } from 'node:timers/promises';

/** For so long others wait for the thread. */
const HOLD_MS = 10;

/** The same, made piece by piece: what makes a hundred thousand of them lets others have the thread in between. */
export async function* unhurried<T>(all: Iterable<T>): AsyncGenerator<T> {
  let since = performance.now();
  for (const each of all) {
    if (performance.now() - since > HOLD_MS) {
      await setImmediate();
      since = performance.now();
    }
    yield each;
  }
}
