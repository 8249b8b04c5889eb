import type { z } from 'zod';
import type { Problem } from '../read/problem.js';

/** Each problem as an issue of its field; `path` is empty within the field itself. */
export function report(context: z.core.$RefinementCtx, problems: readonly Problem[], path: string[] = []): void {
  for (const { code, message, line, params } of problems) {
    context.addIssue({ code: 'custom', path, message, params: { code, line, ...params } });
  }
}
