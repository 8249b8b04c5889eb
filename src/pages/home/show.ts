import type { RequestHandler, Response } from 'express';
import type { Job } from '../../core/job.js';
import { isWaitingForPage } from '../../core/progress.js';
import { isUnfinished, RUN_STATUSES, type Run, type RunStatus } from '../../core/run.js';
import type { Progress } from '../../engine/progress.js';
import { csrfToken } from '../../http/csrf.js';
import { sendJson, wantsJson } from '../../http/json.js';
import { saveSession, visitorOf } from '../../http/session.js';
import type { Words } from '../../http/words.js';
import type { PageDeps } from '../deps.js';
import { exampleOf } from '../job/fields.js';
import { jobDescription, jobTitle } from '../job/texts.js';
import type { Paths } from '../paths.js';
import { aboutRun, type RunAbout } from '../run/about.js';
import { type RunStatusJson, runStatus } from '../run/status.js';
import { stones } from '../run/stones.js';
import { type ListedSchedule, listedSchedules, type ScheduleJson, scheduleJson } from '../schedule/listed.js';
import { sendPage } from '../send.js';

const SHOWN_RUNS = 20;
/** For programs. */
const LISTED_RUNS = 100;
/** So many are searched, the newest of each kind first. */
const SEARCHED_RUNS = 500;
const MEGABYTE = 1_000_000;
/** Fewer are seen at a glance. */
const WORTH_A_SEARCH = 6;
/** The job that the page demonstrates, where there is one of this name, and how. */
const DEMO = { job: 'wait', query: 'seconds=1', total: 5 };

interface HomeView {
  readonly jobs: readonly ListedJob[];
  /** What somebody new is sent to. */
  readonly first: ListedJob | undefined;
  readonly demo: {
    readonly address: string;
    readonly total: number;
    readonly stones: ReturnType<typeof stones>;
  } | null;
  readonly runs: readonly ListedRun[];
  /** So many come after them, and where; null when there are none. */
  readonly more: { readonly count: number; readonly address: string } | null;
  readonly schedules: readonly ListedSchedule[];
  /** For the forms of the schedules; null where there are none. */
  readonly token: string | null;
  readonly unfinished: boolean;
  readonly areRunning: boolean;
  /** Whether runs may go on without their page. */
  readonly background: boolean;
  /** What is searched for; null where there are too few to search among. */
  readonly search: (Search & { readonly statuses: readonly RunStatus[] }) | null;
  /** How long a run is kept that nobody touches. */
  readonly keptForMs: number;
}

interface ListedJob {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly example: { readonly address: string; readonly text: string } | null;
}

interface ListedRun extends RunAbout, Pick<Run, 'id' | 'status' | 'seq' | 'total'> {
  /** What a running one does: a step works, waits for its turn, or for somebody who opens the run's page. */
  readonly activity: 'working' | 'turn' | 'page' | null;
  readonly ago: string;
  readonly unfinished: boolean;
  readonly hasRows: boolean;
  /** What it takes; null where that is little. */
  readonly megabytes: number | null;
}

interface Search {
  readonly text: string;
  readonly status: RunStatus | null;
  /** So many of those found were on the pages before. */
  readonly after: number;
}

export function homeShow(deps: PageDeps): RequestHandler {
  const { jobs, store, background, keptForMs } = deps;
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const visitorId = visitorOf(req);
    const search = searchOf(req.query);
    const all = visitorId === null ? [] : await store.listRuns(visitorId, SEARCHED_RUNS);
    const found = all
      .map((run) => ({ run, about: aboutRun(words, jobs.get(run.job), run) }))
      .filter(({ run, about }) => matches(run, about, search));
    const shownUntil = search.after + SHOWN_RUNS;
    if (wantsJson(req)) return sendHomeJson(deps, res, found.slice(0, LISTED_RUNS), visitorId);
    const runs = await Promise.all(
      found.slice(search.after, shownUntil).map(({ run, about }) => listedRun(deps, words, run, about)),
    );
    const schedules = await listedSchedules(deps, deps.schedules, words, visitorId);
    const token = schedules.length === 0 ? null : csrfToken(req);
    if (token !== null) await saveSession(req);
    const listed = [...jobs.values()].map((job) => listedJob(words, paths, job));
    await sendPage<HomeView>(res, 'home', {
      title: words.t('site.name'),
      here: paths.home,
      data: {
        jobs: listed,
        first: listed.find(({ name }) => name !== DEMO.job) ?? listed[0],
        demo: jobs.has(DEMO.job)
          ? {
              address: paths.jobFilledIn(DEMO.job, DEMO.query),
              total: DEMO.total,
              stones: stones({ seq: 0, total: DEMO.total }),
            }
          : null,
        runs,
        schedules,
        token,
        more:
          found.length <= shownUntil
            ? null
            : { count: found.length - shownUntil, address: paths.homeRuns({ ...search, after: shownUntil }) },
        unfinished: all.some(isUnfinished),
        areRunning: runs.some(({ status }) => status === 'running'),
        background,
        search: all.length < WORTH_A_SEARCH ? null : { ...search, statuses: RUN_STATUSES },
        keptForMs,
      },
    });
  };
}

/** The page for programs. */
export interface HomeJson {
  readonly jobs: readonly Pick<ListedJob, 'name' | 'title' | 'description'>[];
  /** Those that match `q` and `status`, unfinished ones first, the newest of each first. */
  readonly runs: readonly RunStatusJson[];
  /** Repeated runs, newest first. */
  readonly schedules: readonly ScheduleJson[];
}

async function sendHomeJson(
  deps: PageDeps,
  res: Response,
  found: readonly { readonly run: Run }[],
  visitorId: string | null,
): Promise<void> {
  const { jobs, driver, clock } = deps;
  const schedules = visitorId === null ? [] : ((await deps.schedules?.list(visitorId)) ?? []);
  const { words } = res.locals.tobiishi;
  const listed: HomeJson = {
    jobs: [...jobs.values()].map((job) => ({
      name: job.name,
      title: jobTitle(words, job.name, job),
      description: jobDescription(words, job),
    })),
    runs: await Promise.all(
      found.map(async ({ run }) => runStatus(words, jobs.get(run.job), await driver.show(run), clock.now())),
    ),
    schedules: schedules.map(scheduleJson),
  };
  sendJson(res, listed);
}

function listedJob(words: Words, paths: Paths, job: Job): ListedJob {
  const example = exampleOf(job);
  return {
    name: job.name,
    title: jobTitle(words, job.name, job),
    description: jobDescription(words, job),
    example: example && {
      address: paths.jobFilledIn(job.name, new URLSearchParams(example).toString()),
      text: words.or(`jobs.${job.name}.example`, Object.values(example)[0] ?? ''),
    },
  };
}

async function listedRun(
  { driver, clock, background }: PageDeps,
  words: Words,
  run: Run,
  about: RunAbout,
): Promise<ListedRun> {
  const now = clock.now();
  const { id, status, seq, total } = run;
  return {
    id,
    ...about,
    status,
    seq,
    total,
    activity: status === 'running' ? activityOf(await driver.show(run), background, now) : null,
    ago: words.ago(now - run.createdAt),
    unfinished: isUnfinished(run),
    hasRows: run.rowCount > 0,
    megabytes: run.bytes < MEGABYTE ? null : Math.round(run.bytes / MEGABYTE),
  };
}

function activityOf(progress: Progress, background: boolean, now: number): ListedRun['activity'] {
  if (isWaitingForPage(progress, now)) return background && progress.run.background ? 'turn' : 'page';
  if (progress.waitMs > 0) return 'turn';
  return progress.workingMs === null ? null : 'working';
}

function searchOf({ q, status, after }: Readonly<Record<string, unknown>>): Search {
  return {
    text: typeof q === 'string' ? q.trim().slice(0, 200) : '',
    status: RUN_STATUSES.find((each) => each === status) ?? null,
    after: typeof after === 'string' && /^\d{1,3}$/.test(after) ? Number(after) : 0,
  };
}

function matches(run: Run, { title, summary, started }: RunAbout, { text, status }: Search): boolean {
  if (status !== null && run.status !== status) return false;
  const written = [run.job, title, summary, started.date, run.id].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => written.includes(word));
}
