import type { Express, RequestHandler } from 'express';
import type { ApiTokenStore } from '../core/api-tokens.js';
import { TobiishiError } from '../core/errors.js';
import type { FileStore } from '../core/files.js';
import type { ScheduleStore } from '../core/schedules.js';
import type { WatchStore } from '../core/watches.js';
import type { Gate } from '../http/gate.js';
import { inTurn } from '../http/in-turn.js';
import { behind } from './access/login.js';
import {
  confirmShow,
  feedShow,
  filledForm,
  healthzShow,
  homeShow,
  hostProbe,
  hostShow,
  jobFrame,
  jobPoint,
  jobPreview,
  jobPropose,
  jobShow,
  metricsShow,
  operatorBlock,
  operatorBlocks,
  operatorCancel,
  operatorCancelFound,
  operatorDelete,
  operatorErrors,
  operatorLoad,
  operatorLog,
  operatorRunShow,
  operatorShow,
  operatorUnblock,
  privacyDelete,
  privacyShow,
  recipeLink,
  recipeLoad,
  recipeSave,
  rowsShow,
  runControl,
  runCreate,
  runDelete,
  runFailures,
  runFeed,
  runFigures,
  runFile,
  runFiles,
  runFilesZip,
  runName,
  runNameShow,
  runRetryFailed,
  runRows,
  runShare,
  runShareShow,
  runShow,
  runSteps,
  runWatchShow,
  scheduleControl,
  scheduleCreate,
  scheduleShow,
  securityTxt,
  sharedShow,
  stylesShow,
  tokenCreate,
  tokenRemove,
  tokensShow,
  webhookCreate,
  webhookRemove,
} from './actions.js';
import type { PageDeps, PageWebhooks } from './deps.js';
import { formButtons } from './job/buttons.js';
import { type Paths, patterns, type ResultPaths, ROWS_FORMATS, type RunPageAction, SCHEDULE_ACTIONS } from './paths.js';
import { type Back, type Declared, get, post, type Route } from './route.js';
import { CONFIRMED_ACTIONS, RUN_ACTIONS } from './run/actions.js';
import { againAddress } from './run/again-address.js';
import { type FindResults, findResults, findSharedResults } from './run/find.js';

type OfRun = { id: string };
type OfJob = { job: string };
type OfShared = { token: string };

/** Every route there is, with what the error page has to know of it. */
export function routes(deps: PageDeps): readonly Route[] {
  const { jobs } = deps;
  const { runAction, formAction } = patterns;
  const run: Declared<OfRun> = {
    back: ({ params, paths }) => ({ address: paths.run(params.id), text: 'errors.toRun' }),
  };
  const againAt = (action: RunPageAction): Declared<OfRun> => ({
    ...run,
    again: ({ params, paths }) => paths.runAction(params.id, action),
  });
  const toForm = (job: string, paths: Paths): Back | null =>
    jobs.has(job) ? { address: paths.job(job), text: 'errors.toForm' } : null;
  const shared: Declared<OfShared> = { isOpen: deps.opensShared };
  const page: Declared<OfJob> = { back: ({ params, paths }) => toForm(params.job, paths) };
  const form: Declared<OfJob> = { ...page, formOf: ({ params }) => jobs.get(params.job) };
  const buttons = {
    form: filledForm(deps),
    preview: jobPreview(deps),
    propose: jobPropose(deps),
    point: jobPoint(deps),
    recipe: recipeSave(deps),
    link: recipeLink(deps),
  };
  return [
    // Asked for more than all others: each route before it would be tried each time.
    get(patterns.run(':id'), runShow(deps), { ...run, again: againAddress }),
    get(patterns.healthz, healthzShow(deps), { isSessionless: true }),
    get(patterns.home, homeShow(deps), { again: ({ paths }) => paths.home }),
    get(patterns.privacy, privacyShow(deps), { again: ({ paths }) => paths.privacy, isForBlocked: true }),
    post(patterns.privacyDelete, privacyDelete(deps), { isForBlocked: true }),
    ...(deps.contact === null
      ? []
      : [get(patterns.securityTxt, securityTxt(deps, deps.contact), { isSessionless: true })]),
    ...(deps.metrics === null ? [] : [get(patterns.metrics, metricsShow(deps), { isOpen: true, isForBlocked: true })]),
    ...(deps.operator === null ? [] : operatorRoutes(deps, deps.operator)),
    ...(deps.schedules === null ? [] : scheduleRoutes(deps, deps.schedules, run)),
    ...(deps.tokens === null ? [] : tokenRoutes(deps, deps.tokens)),
    get(patterns.host, hostShow(deps), { again: ({ paths }) => paths.host }),
    get(patterns.hostProbe, hostProbe(deps)),
    ...(deps.showsStyles ? [get(patterns.styles, stylesShow())] : []),

    get(patterns.job(':job'), jobShow(deps), { ...page, again: ({ params, paths }) => paths.job(params.job) }),
    post(formAction(':job', 'form'), buttons.form, form),
    post(formAction(':job', 'preview'), buttons.preview, form),
    post(formAction(':job', 'propose'), buttons.propose, form),
    post(formAction(':job', 'point'), buttons.point, form),
    get(patterns.jobFrame(':job', ':token'), jobFrame(deps), page),
    post(formAction(':job', 'recipe'), buttons.recipe, form),
    post(formAction(':job', 'link'), buttons.link, form),
    post(formAction(':job', 'load'), recipeLoad(deps), page),

    post(patterns.runs, formButtons(buttons, runCreate(deps)), {
      back: ({ body, paths }) => toForm(String(body['job']), paths),
      formOf: ({ body }) => jobs.get(String(body['job'])),
    }),
    ...RUN_ACTIONS.map((action) => post(runAction(':id', action), runControl(deps, action), run)),
    ...CONFIRMED_ACTIONS.map((action) => get(runAction(':id', action), confirmShow(deps, action), againAt(action))),
    post(runAction(':id', 'retry-failed'), runRetryFailed(deps), run),
    post(runAction(':id', 'delete'), runDelete(deps), run),
    get(runAction(':id', 'name'), runNameShow(deps), againAt('name')),
    post(runAction(':id', 'name'), runName(deps), run),
    get(runAction(':id', 'share'), runShareShow(deps), againAt('share')),
    post(runAction(':id', 'share'), runShare(deps, true), run),
    post(runAction(':id', 'unshare'), runShare(deps, false), run),
    ...(deps.watches === null ? [] : watchRoutes(deps, deps.watches, run, shared)),
    ...results(deps, patterns.runResults(':id'), findResults, run),

    get<OfShared>(patterns.shared(':token'), sharedShow(deps), {
      ...shared,
      again: ({ params, paths }) => paths.shared(params.token),
    }),
    ...results(deps, patterns.sharedResults(':token'), findSharedResults, shared),
  ];
}

/** Whoever gives the operator's password need not know that of the site. */
function operatorRoutes(deps: PageDeps, gate: Gate): readonly Route[] {
  const open = { isOpen: true, isForBlocked: true };
  const { operator, operatorRun, operatorAction, operatorBlocks: blocks } = patterns;
  return [
    get(operator, behind(gate, operatorShow(deps)), open),
    get(patterns.operatorErrors, behind(gate, operatorErrors(deps)), open),
    get(patterns.operatorLog, behind(gate, operatorLog(deps)), open),
    get(patterns.operatorLoad, behind(gate, operatorLoad(deps)), open),
    get(blocks, behind(gate, operatorBlocks(deps)), open),
    post(blocks, behind(gate, operatorBlock(deps)), open),
    post(patterns.operatorUnblock, behind(gate, operatorUnblock(deps)), open),
    post(patterns.operatorCancelFound, behind(gate, operatorCancelFound(deps)), open),
    get<OfRun>(operatorRun(':id'), behind(gate, operatorRunShow(deps)), open),
    post<OfRun>(operatorAction(':id', 'cancel'), behind(gate, operatorCancel(deps)), open),
    post<OfRun>(operatorAction(':id', 'delete'), behind(gate, operatorDelete(deps)), open),
  ];
}

function scheduleRoutes(deps: PageDeps, schedules: ScheduleStore, run: Declared<OfRun>): readonly Route[] {
  const { runAction, scheduleAction } = patterns;
  const again: Declared<OfRun> = { ...run, again: ({ params, paths }) => paths.runAction(params.id, 'schedule') };
  return [
    get(runAction(':id', 'schedule'), scheduleShow(deps), again),
    post(runAction(':id', 'schedule'), scheduleCreate(deps, schedules), run),
    ...SCHEDULE_ACTIONS.map((action) =>
      post<OfRun>(scheduleAction(':id', action), scheduleControl(deps, schedules, action)),
    ),
  ];
}

function watchRoutes(
  deps: PageDeps,
  watches: WatchStore,
  run: Declared<OfRun>,
  shared: Declared<OfShared>,
): readonly Route[] {
  const { runAction } = patterns;
  const again: Declared<OfRun> = { ...run, again: ({ params, paths }) => paths.runAction(params.id, 'watch') };
  return [
    get(runAction(':id', 'watch'), runWatchShow(deps, watches), again),
    post(runAction(':id', 'feed'), runFeed(deps, watches, true), run),
    post(runAction(':id', 'unfeed'), runFeed(deps, watches, false), run),
    get(patterns.feed(':token'), feedShow(deps, watches), shared),
  ];
}

function tokenRoutes(deps: PageDeps, tokens: ApiTokenStore): readonly Route[] {
  return [
    get(patterns.tokens, tokensShow(deps, tokens), { again: ({ paths }) => paths.tokens }),
    post(patterns.tokens, tokenCreate(deps, tokens)),
    post(patterns.tokenRemove, tokenRemove(tokens)),
    ...(deps.webhooks === null ? [] : webhookRoutes(deps, tokens, deps.webhooks)),
  ];
}

function webhookRoutes(deps: PageDeps, tokens: ApiTokenStore, webhooks: PageWebhooks): readonly Route[] {
  return [
    post(patterns.webhooks, webhookCreate(deps, tokens, webhooks)),
    post(patterns.webhookRemove, webhookRemove(webhooks)),
  ];
}

/** What is read of a run in whole, by its owner and by whoever has the link. */
function results<P>(deps: PageDeps, at: ResultPaths, find: FindResults<P>, declared: Declared<P>): readonly Route[] {
  return [
    get(at.rows, rowsShow(deps, find), declared),
    ...ROWS_FORMATS.map((format) => get(at.download(format), runRows(deps, format, find), declared)),
    get(at.failures, runFailures(deps, find), declared),
    get(at.steps, runSteps(deps, find), declared),
    get(at.figures, runFigures(deps, find), declared),
    ...(deps.files === null ? [] : fileRoutes(deps, deps.files, at, find, declared)),
  ];
}

function fileRoutes<P>(
  deps: PageDeps,
  files: FileStore,
  at: ResultPaths,
  find: FindResults<P>,
  declared: Declared<P>,
): readonly Route[] {
  return [
    get(at.files, runFiles(deps, files, find), declared),
    get(at.filesZip, runFilesZip(deps, files, find), declared),
    get(at.file(':position', ':number'), runFile(deps, files, find), declared),
  ];
}

/** What comes before the actions. */
export interface Before {
  readonly session: readonly RequestHandler[];
  /** Keeps out whom the operator blocks. */
  readonly unblocked: RequestHandler;
  /** Lets pass whom `ACCESS` lets in. */
  readonly access: RequestHandler;
  /** Reads a form that was sent. */
  readonly form: RequestHandler;
  /** Checks the token of a form. */
  readonly token: RequestHandler;
  readonly login: RequestHandler;
  /** Keeps what the address chooses: a language, a kind of pages. */
  readonly choices: RequestHandler;
}

export function addRoutes(app: Express, deps: PageDeps, before: Before): void {
  const { session, unblocked, access, form, token, choices } = before;
  const add = (route: Route): void => {
    const read = route.method === 'post' ? [form, token] : [];
    const admitted = [...(route.isForBlocked ? [] : [unblocked]), ...(route.isOpen ? [] : [access])];
    const first = route.isSessionless ? [] : [...session, ...admitted, ...read, choices];
    app[route.method](route.path, inTurn(matched(route), ...first, route.action));
  };
  const [chain, ...others] = routes(deps);
  if (chain) add(chain);
  app.use([patterns.shared(':token'), patterns.feed(':token')], unlisted);
  others.forEach(add);
}

/** Nothing is there: said in the visitor's language, and to a form only when it is one of ours. */
export function addNotFound(app: Express, { session, access, form, token, login, choices }: Before): void {
  app.post(patterns.login, ...session, form, login);
  app.use(...session, access);
  app.post(patterns.anything, form, token);
  app.use(choices, notFound);
}

/** Whoever has the link may read it; search engines need not show it to everybody else. */
const unlisted: RequestHandler = (_req, res, next) => {
  res.setHeader('X-Robots-Tag', 'noindex');
  next();
};

/** Known from here on, so that whatever goes wrong before the action has its Back, too. */
function matched(route: Route): RequestHandler {
  return (req, res, next) => {
    res.locals.tobiishi.matched = { route, params: req.params as Record<string, string> };
    next();
  };
}

const notFound: RequestHandler = (req, _res, next) => {
  // Express answers these itself.
  if (req.method === 'OPTIONS') return next();
  throw new TobiishiError('not-found', `nothing is at ${req.path}`);
};
