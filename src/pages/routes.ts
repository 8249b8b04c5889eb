import type { Express } from 'express';
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
export function addBareRoutes(app: Express, deps: PageDeps): void {
  app.get('/healthz', healthzShow(deps));
}

export function addRoutes(app: Express, deps: PageDeps): void {
  // Asked for more than all others: each route before it would be tried each time.
  app.get('/runs/:id', runShow(deps));
  app.get('/', homeShow(deps));
  app.get('/jobs/:job', jobShow(deps));
  app.post('/jobs/:job/form', jobAgain(deps));
  app.post('/jobs/:job/preview', jobPreview(deps));
  app.post('/jobs/:job/recipe', recipeSave(deps));
  app.post('/jobs/:job/link', recipeLink(deps));
  app.post('/jobs/:job/load', recipeLoad(deps));
  app.get('/host', hostShow(deps));
  app.get('/host/probe', hostProbe(deps));
  app.post('/runs', runCreate(deps));
  for (const action of RUN_ACTIONS) app.post(`/runs/:id/${action}`, runControl(deps, action));
  for (const action of ASKED) app.get(`/runs/:id/${action}`, runAsk(deps, action));
  for (const format of ROWS_FORMATS) {
    app.get(`/runs/:id/rows.${format}`, runRows(deps, format));
    app.get(`/shared/:id/rows.${format}`, runRows(deps, format, findSharedRun));
  }
  app.get('/runs/:id/rows', rowsShow(deps));
  app.get('/shared/:id/rows', rowsShow(deps, findSharedRun));
  app.get('/runs/:id/failures.csv', runFailures(deps));
  app.get('/runs/:id/steps.csv', runSteps(deps));
  app.get('/runs/:id/figures.json', runFigures(deps));
  app.post('/runs/:id/retry-failed', runRetryFailed(deps));
  app.post('/runs/:id/delete', runDelete(deps));
  app.get('/runs/:id/share', runShareShow(deps));
  app.post('/runs/:id/share', runShare(deps, true));
  app.post('/runs/:id/unshare', runShare(deps, false));
  app.get('/shared/:id', sharedShow(deps));
  app.get('/shared/:id/failures.csv', runFailures(deps, findSharedRun));
  app.get('/shared/:id/steps.csv', runSteps(deps, findSharedRun));
  app.get('/shared/:id/figures.json', runFigures(deps, findSharedRun));
}
