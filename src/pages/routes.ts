import { Router } from 'express';
import { RUN_ACTIONS } from './actions.js';
import type { PageDeps } from './deps.js';
import { healthzShow } from './healthz-show.js';
import { homeShow } from './home-show.js';
import { hostProbe } from './host-probe.js';
import { hostShow } from './host-show.js';
import { jobAgain } from './job-again.js';
import { jobPreview } from './job-preview.js';
import { recipeLink, recipeLoad, recipeSave } from './job-recipe.js';
import { jobShow } from './job-show.js';
import { rowsShow } from './rows-show.js';
import { ASKED, runAsk } from './run-ask.js';
import { runControl } from './run-control.js';
import { runCreate } from './run-create.js';
import { runDelete } from './run-delete.js';
import { runFigures } from './run-figures.js';
import { findSharedRun } from './run-find.js';
import { runRetryFailed } from './run-retry-failed.js';
import { ROWS_FORMATS, runFailures, runRows, runSteps } from './run-rows.js';
import { runShare, runShareShow } from './run-share.js';
import { runShow } from './run-show.js';
import { sharedShow } from './shared-show.js';

/** Answered before the session is read. */
export function bareRoutes(deps: PageDeps): Router {
  const router = Router();
  router.get('/healthz', healthzShow(deps));
  return router;
}

export function routes(deps: PageDeps): Router {
  const router = Router();
  router.get('/', homeShow(deps));
  router.get('/jobs/:job', jobShow(deps));
  router.post('/jobs/:job/form', jobAgain(deps));
  router.post('/jobs/:job/preview', jobPreview(deps));
  router.post('/jobs/:job/recipe', recipeSave(deps));
  router.post('/jobs/:job/link', recipeLink(deps));
  router.post('/jobs/:job/load', recipeLoad(deps));
  router.get('/host', hostShow(deps));
  router.get('/host/probe', hostProbe(deps));
  router.post('/runs', runCreate(deps));
  router.get('/runs/:id', runShow(deps));
  for (const action of RUN_ACTIONS) router.post(`/runs/:id/${action}`, runControl(deps, action));
  for (const action of ASKED) router.get(`/runs/:id/${action}`, runAsk(deps, action));
  for (const format of ROWS_FORMATS) {
    router.get(`/runs/:id/rows.${format}`, runRows(deps, format));
    router.get(`/shared/:id/rows.${format}`, runRows(deps, format, findSharedRun));
  }
  router.get('/runs/:id/rows', rowsShow(deps));
  router.get('/shared/:id/rows', rowsShow(deps, findSharedRun));
  router.get('/runs/:id/failures.csv', runFailures(deps));
  router.get('/runs/:id/steps.csv', runSteps(deps));
  router.get('/runs/:id/figures.json', runFigures(deps));
  router.post('/runs/:id/retry-failed', runRetryFailed(deps));
  router.post('/runs/:id/delete', runDelete(deps));
  router.get('/runs/:id/share', runShareShow(deps));
  router.post('/runs/:id/share', runShare(deps, true));
  router.post('/runs/:id/unshare', runShare(deps, false));
  router.get('/shared/:id', sharedShow(deps));
  router.get('/shared/:id/failures.csv', runFailures(deps, findSharedRun));
  router.get('/shared/:id/steps.csv', runSteps(deps, findSharedRun));
  router.get('/shared/:id/figures.json', runFigures(deps, findSharedRun));
  return router;
}
