import type { RequestHandler } from 'express';
import type { RunError } from '../../core/store.js';
import type { PageDeps } from '../deps.js';
import { sendOperatorPage } from './page.js';

const SHOWN = 100;

interface ErrorsView {
  readonly errors: readonly RunError[];
  readonly shown: number;
}

/** What attempts of all runs threw lately, with the stacks. */
export function operatorErrors({ store }: PageDeps): RequestHandler {
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    await sendOperatorPage<ErrorsView>(req, res, 'operator-errors', {
      title: words.t('operator.newestErrors'),
      here: paths.operatorErrors,
      data: { errors: await store.listNewestErrors(SHOWN), shown: SHOWN },
    });
  };
}
