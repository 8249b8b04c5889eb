import { readFile } from 'node:fs/promises';
import { parseRecipe } from '../pages/job/recipe.js';
import { UsageError } from './exit-codes.js';

export interface GivenRecipe {
  readonly job: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A form that was saved: a file, or the address of one that is filled in. Throws a `UsageError`. */
export async function readRecipe(given: string): Promise<GivenRecipe> {
  if (/^https?:\/\//i.test(given)) return fromLink(new URL(given));
  const text = await readFile(given, 'utf8').catch((cause) => {
    throw new UsageError(`--recipe: ${cause.message}`, { cause });
  });
  const recipe = parseRecipe(text);
  if (recipe === null) throw new UsageError(`--recipe: ${given} is no recipe.`);
  return recipe;
}

/** `…/jobs/NAME?field=value`. */
function fromLink({ pathname, searchParams }: URL): GivenRecipe {
  const job = /\/jobs\/([^/]+)$/.exec(pathname)?.[1];
  if (job === undefined) throw new UsageError('--recipe: the link is not one of a form.');
  return { job: decodeURIComponent(job), fields: Object.fromEntries(searchParams) };
}
