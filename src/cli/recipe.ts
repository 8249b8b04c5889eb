import { readFile } from 'node:fs/promises';
import { parseRecipe } from '../pages/job/recipe.js';
import { said, UsageError } from './exit-codes.js';

export interface GivenRecipe {
  readonly job: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A form that was saved: a file, or the address of one that is filled in. Throws a `UsageError`. */
export async function readRecipe(given: string): Promise<GivenRecipe> {
  if (/^https?:\/\//i.test(given)) return fromLink(new URL(given));
  const text = await readFile(given, 'utf8').catch((cause) => {
    throw said(`--recipe: ${cause.message}`, { cause });
  });
  const recipe = parseRecipe(text);
  if (recipe === null) throw new UsageError('no-recipe', { file: given });
  return recipe;
}

/** `…/jobs/NAME?field=value`. */
function fromLink({ pathname, searchParams }: URL): GivenRecipe {
  const job = /\/jobs\/([^/]+)$/.exec(pathname)?.[1];
  if (job === undefined) throw new UsageError('no-form-link');
  return { job: decodeURIComponent(job), fields: Object.fromEntries(searchParams) };
}
