import type { Express } from 'express';
import type { PageDeps } from './deps.js';
import { healthzShow } from './home/healthz.js';
import { homeShow } from './home/show.js';
import { hostProbe } from './host/probe.js';
import { hostShow } from './host/show.js';
import { jobAgain } from './job/again.js';
import { jobPreview } from './job/preview.js';
import { recipeLink, recipeLoad, recipeSave } from './job/recipe.js';
import { jobShow } from './job/show.js';
import { RUN_ACTIONS } from './run/actions.js';
import { ASKED, runAsk } from './run/confirm.js';
import { runControl } from './run/control.js';
import { runCreate } from './run/create.js';
import { runDelete } from './run/delete.js';
import { ROWS_FORMATS, runFailures, runRows, runSteps } from './run/downloads.js';
import { runFigures } from './run/figures.js';
import { type FindRun, findRun, findSharedRun } from './run/find.js';
import { runRetryFailed } from './run/retry-failed.js';
import { rowsShow } from './run/rows.js';
import { runShare, runShareShow } from './run/share.js';
import { sharedShow } from './run/shared.js';
import { runShow } from './run/show.js';

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
  app.post('/runs/:id/retry-failed', runRetryFailed(deps));
  app.post('/runs/:id/delete', runDelete(deps));
  app.get('/runs/:id/share', runShareShow(deps));
  app.post('/runs/:id/share', runShare(deps, true));
  app.post('/runs/:id/unshare', runShare(deps, false));
  app.get('/shared/:id', sharedShow(deps));
  addFiles(app, deps, '/runs/:id', findRun);
  addFiles(app, deps, '/shared/:id', findSharedRun);
}

/** What is read of a run in whole, by its owner and by whoever has the link. */
function addFiles(app: Express, deps: PageDeps, run: string, find: FindRun): void {
  app.get(`${run}/rows`, rowsShow(deps, find));
  for (const format of ROWS_FORMATS) app.get(`${run}/rows.${format}`, runRows(deps, format, find));
  app.get(`${run}/failures.csv`, runFailures(deps, find));
  app.get(`${run}/steps.csv`, runSteps(deps, find));
  app.get(`${run}/figures.json`, runFigures(deps, find));
}
