import { Router } from 'express';
import { RUN_ACTIONS } from './actions.js';
import type { PageDeps } from './deps.js';
import { healthzShow } from './healthz-show.js';
import { homeShow } from './home-show.js';
import { hostProbe } from './host-probe.js';
import { hostShow } from './host-show.js';
import { jobShow } from './job-show.js';
import { runControl } from './run-control.js';
import { runCreate } from './run-create.js';
import { runRows } from './run-rows.js';
import { runShow } from './run-show.js';

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
  router.get('/host', hostShow(deps));
  router.get('/host/probe', hostProbe(deps));
  router.post('/runs', runCreate(deps));
  router.get('/runs/:id', runShow(deps));
  for (const action of RUN_ACTIONS) router.post(`/runs/:id/${action}`, runControl(deps, action));
  router.get('/runs/:id/rows.csv', runRows(deps, 'csv'));
  router.get('/runs/:id/rows.json', runRows(deps, 'json'));
  router.get('/runs/:id/rows.ndjson', runRows(deps, 'ndjson'));
  return router;
}
