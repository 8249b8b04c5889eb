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
import { patterns, type ResultPaths } from './paths.js';
import { RUN_ACTIONS } from './run/actions.js';
import { ASKED, runAsk } from './run/confirm.js';
import { runControl } from './run/control.js';
import { runCreate } from './run/create.js';
import { runDelete } from './run/delete.js';
import { ROWS_FORMATS, runFailures, runRows, runSteps } from './run/downloads.js';
import { runFigures } from './run/figures.js';
import { type FindResults, findResults, findSharedResults } from './run/find.js';
import { runRetryFailed } from './run/retry-failed.js';
import { rowsShow } from './run/rows.js';
import { runShare, runShareShow } from './run/share.js';
import { sharedShow } from './run/shared.js';
import { runShow } from './run/show.js';

/** Answered before the session is read. */
export function addBareRoutes(app: Express, deps: PageDeps): void {
  app.get(patterns.healthz, healthzShow(deps));
}

export function addRoutes(app: Express, deps: PageDeps): void {
  const { runAction, formAction } = patterns;
  // Asked for more than all others: each route before it would be tried each time.
  app.get(patterns.run(':id'), runShow(deps));
  app.get(patterns.home, homeShow(deps));
  app.get(patterns.job(':job'), jobShow(deps));
  app.post(formAction(':job', 'form'), jobAgain(deps));
  app.post(formAction(':job', 'preview'), jobPreview(deps));
  app.post(formAction(':job', 'recipe'), recipeSave(deps));
  app.post(formAction(':job', 'link'), recipeLink(deps));
  app.post(formAction(':job', 'load'), recipeLoad(deps));
  app.get(patterns.host, hostShow(deps));
  app.get(patterns.hostProbe, hostProbe(deps));
  app.post(patterns.runs, runCreate(deps));
  for (const action of RUN_ACTIONS) app.post(runAction(':id', action), runControl(deps, action));
  for (const action of ASKED) app.get(runAction(':id', action), runAsk(deps, action));
  app.post(runAction(':id', 'retry-failed'), runRetryFailed(deps));
  app.post(runAction(':id', 'delete'), runDelete(deps));
  app.get(runAction(':id', 'share'), runShareShow(deps));
  app.post(runAction(':id', 'share'), runShare(deps, true));
  app.post(runAction(':id', 'unshare'), runShare(deps, false));
  app.get(patterns.shared(':token'), sharedShow(deps));
  addResults(app, deps, patterns.runResults(':id'), findResults);
  addResults(app, deps, patterns.sharedResults(':token'), findSharedResults);
}

/** What is read of a run in whole, by its owner and by whoever has the link. */
function addResults<P>(app: Express, deps: PageDeps, at: ResultPaths, find: FindResults<P>): void {
  app.get(at.rows, rowsShow(deps, find));
  for (const format of ROWS_FORMATS) app.get(at.download(format), runRows(deps, format, find));
  app.get(at.failures, runFailures(deps, find));
  app.get(at.steps, runSteps(deps, find));
  app.get(at.figures, runFigures(deps, find));
}
