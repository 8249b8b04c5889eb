import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { TobiishiError } from '../core/errors.js';
import { type Asker, ownerOf } from '../core/fair-shares.js';
import type { FormContext } from '../core/job.js';

export interface FormDeps {
  readonly clock: Clock;
  readonly withinMs: number;
}

/** Does what a form asks for within the time of one answer. Throws `too-busy` when it takes longer. */
export async function withinAnswer<T>(
  asker: Asker,
  { clock, withinMs }: FormDeps,
  work: (context: FormContext) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const late = new TobiishiError('too-busy', `the form was not read within ${withinMs} ms`);
  // What it comes to may be null, too.
  const working = work({ owner: ownerOf(asker), signal: over.signal }).then((result) => ({ result }));
  const done = await within(clock, withinMs, working);
  over.abort(late);
  if (done === null) throw late;
  return done.result;
}
