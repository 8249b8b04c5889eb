import type { PageRow, Recipe } from './document.js';
import { type Answer, type OpenOptions, openAnswer, type Redirect } from './open-answer.js';

/** How many rows a recipe gives, and the outermost of them; null where there are none. */
export interface Table {
  readonly count: number;
  readonly first: PageRow | null;
  readonly last: PageRow | null;
}

/** Several recipes tried on one page. Throws as `readPage` does. */
export function readTables(
  answer: Answer,
  recipes: readonly Recipe[],
  options: OpenOptions,
): { readonly url: string; readonly tables: readonly Table[] } | Redirect {
  const opened = openAnswer(answer, options);
  if ('redirect' in opened) return opened;
  const tables = recipes.map((recipe): Table => {
    const { rows } = opened.document.read(recipe);
    return { count: rows.length, first: rows[0] ?? null, last: rows.at(-1) ?? null };
  });
  return { url: answer.url, tables };
}
