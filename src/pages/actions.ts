/**
 * The actions of the routes, each loaded when it is first asked for: a server starts sooner without the pages that nobody
 * has asked for yet. They are loaded once it has started, too, so that nobody misses their files when others take their place.
 */
import type { RequestHandler } from 'express';
import type { FileStore } from '../core/files.js';
import { once } from '../core/once.js';
import type { PageDeps } from './deps.js';
import type { RowsFormat } from './paths.js';
import type { FindResults } from './run/find.js';

/** What is below, to be loaded. */
const modules: (() => Promise<unknown>)[] = [
  () => import('./run/rows.js'),
  () => import('./run/downloads.js'),
  () => import('./run/figures.js'),
];

export const healthzShow = onDemand(async () => (await import('./home/healthz.js')).healthzShow);
export const privacyShow = onDemand(async () => (await import('./home/privacy.js')).privacyShow);
export const privacyDelete = onDemand(async () => (await import('./home/privacy.js')).privacyDelete);
export const securityTxt = onDemand(async () => (await import('./home/security-txt.js')).securityTxt);
export const homeShow = onDemand(async () => (await import('./home/show.js')).homeShow);
export const hostProbe = onDemand(async () => (await import('./host/probe.js')).hostProbe);
export const hostShow = onDemand(async () => (await import('./host/show.js')).hostShow);
export const filledForm = onDemand(async () => (await import('./job/filled-form.js')).filledForm);
export const jobFrame = onDemand(async () => (await import('./job/point.js')).jobFrame);
export const jobPoint = onDemand(async () => (await import('./job/point.js')).jobPoint);
export const jobPreview = onDemand(async () => (await import('./job/preview.js')).jobPreview);
export const jobPropose = onDemand(async () => (await import('./job/propose.js')).jobPropose);
export const recipeLink = onDemand(async () => (await import('./job/recipe.js')).recipeLink);
export const recipeLoad = onDemand(async () => (await import('./job/recipe.js')).recipeLoad);
export const recipeSave = onDemand(async () => (await import('./job/recipe.js')).recipeSave);
export const jobShow = onDemand(async () => (await import('./job/show.js')).jobShow);
export const metricsShow = onDemand(async () => (await import('./operator/metrics.js')).metricsShow);
export const operatorBlock = onDemand(async () => (await import('./operator/blocks.js')).operatorBlock);
export const operatorBlocks = onDemand(async () => (await import('./operator/blocks.js')).operatorBlocks);
export const operatorCancel = onDemand(async () => (await import('./operator/run.js')).operatorCancel);
export const operatorCancelFound = onDemand(async () => (await import('./operator/runs.js')).operatorCancelFound);
export const operatorDelete = onDemand(async () => (await import('./operator/run.js')).operatorDelete);
export const operatorErrors = onDemand(async () => (await import('./operator/errors.js')).operatorErrors);
export const operatorLoad = onDemand(async () => (await import('./operator/load.js')).operatorLoad);
export const operatorLog = onDemand(async () => (await import('./operator/log.js')).operatorLog);
export const operatorRunShow = onDemand(async () => (await import('./operator/run.js')).operatorRunShow);
export const operatorUnblock = onDemand(async () => (await import('./operator/blocks.js')).operatorUnblock);
export const operatorShow = onDemand(async () => (await import('./operator/runs.js')).operatorShow);
export const confirmShow = onDemand(async () => (await import('./run/confirm.js')).confirmShow);
export const runControl = onDemand(async () => (await import('./run/control.js')).runControl);
export const runCreate = onDemand(async () => (await import('./run/create.js')).runCreate);
export const runDelete = onDemand(async () => (await import('./run/delete.js')).runDelete);
export const runName = onDemand(async () => (await import('./run/name.js')).runName);
export const runNameShow = onDemand(async () => (await import('./run/name.js')).runNameShow);
export const runRetryFailed = onDemand(async () => (await import('./run/retry-failed.js')).runRetryFailed);
export const runShare = onDemand(async () => (await import('./run/share.js')).runShare);
export const runShareShow = onDemand(async () => (await import('./run/share.js')).runShareShow);
export const scheduleControl = onDemand(async () => (await import('./schedule/control.js')).scheduleControl);
export const scheduleCreate = onDemand(async () => (await import('./schedule/create.js')).scheduleCreate);
export const scheduleShow = onDemand(async () => (await import('./schedule/show.js')).scheduleShow);
export const runWatchShow = onDemand(async () => (await import('./run/watch.js')).runWatchShow);
export const runFeed = onDemand(async () => (await import('./run/watch.js')).runFeed);
export const feedShow = onDemand(async () => (await import('./run/watch.js')).feedShow);
export const runShow = onDemand(async () => (await import('./run/show.js')).runShow);
export const sharedShow = onDemand(async () => (await import('./run/shared.js')).sharedShow);
export const stylesShow = onDemand(async () => (await import('./styles.js')).stylesShow);
export const tokenCreate = onDemand(async () => (await import('./tokens/create.js')).tokenCreate);
export const tokenRemove = onDemand(async () => (await import('./tokens/remove.js')).tokenRemove);
export const webhookCreate = onDemand(async () => (await import('./tokens/webhooks.js')).webhookCreate);
export const webhookRemove = onDemand(async () => (await import('./tokens/webhooks.js')).webhookRemove);
export const tokensShow = onDemand(async () => (await import('./tokens/show.js')).tokensShow);

// What is read of a run in whole: `find` says by what it is found.

export const rowsShow = <P>(deps: PageDeps, find: FindResults<P>): RequestHandler<P> =>
  loaded(async () => (await import('./run/rows.js')).rowsShow(deps, find));

export const runFailures = <P>(deps: PageDeps, find: FindResults<P>): RequestHandler<P> =>
  loaded(async () => (await import('./run/downloads.js')).runFailures(deps, find));

export const runFigures = <P>(deps: PageDeps, find: FindResults<P>): RequestHandler<P> =>
  loaded(async () => (await import('./run/figures.js')).runFigures(deps, find));

export const runFiles = <P>(deps: PageDeps, files: FileStore, find: FindResults<P>): RequestHandler<P> =>
  loaded(async () => (await import('./run/files.js')).runFiles(deps, files, find));

export const runFilesZip = <P>(deps: PageDeps, files: FileStore, find: FindResults<P>): RequestHandler<P> =>
  loaded(async () => (await import('./run/files.js')).runFilesZip(deps, files, find));

export const runFile = <P>(deps: PageDeps, files: FileStore, find: FindResults<P>): RequestHandler<P> =>
  loaded(async () => (await import('./run/files.js')).runFile(deps, files, find));

export const runRows = <P>(deps: PageDeps, format: RowsFormat, find: FindResults<P>): RequestHandler<P> =>
  loaded(async () => (await import('./run/downloads.js')).runRows(deps, format, find));

export const runSteps = <P>(deps: PageDeps, find: FindResults<P>): RequestHandler<P> =>
  loaded(async () => (await import('./run/downloads.js')).runSteps(deps, find));

type MakeAction<A extends readonly unknown[], P> = (...args: A) => RequestHandler<P>;

/** What makes an action, as if its module were loaded. */
function onDemand<A extends readonly unknown[], P>(load: () => Promise<MakeAction<A, P>>): MakeAction<A, P> {
  modules.push(load);
  return (...args) => loaded(async () => (await load())(...args));
}

function loaded<P>(load: () => Promise<RequestHandler<P>>): RequestHandler<P> {
  const action = once(load);
  let made: RequestHandler<P> | null = null;
  const first: RequestHandler<P> = async (req, res, next) => {
    made ??= await action();
    return made(req, res, next);
  };
  return (req, res, next) => (made ?? first)(req, res, next);
}

/** Resolves when all of them are there. */
export async function loadActions(): Promise<void> {
  for (const load of modules) await load();
}
