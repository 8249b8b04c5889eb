/** Files of rows that can be downloaded, by the ending of their names. */
export const ROWS_FORMATS = ['csv', 'json', 'ndjson', 'xlsx'] as const;
export type RowsFormat = (typeof ROWS_FORMATS)[number];
/** What a filled-in form can be sent for besides starting a run. */
export type FormAction = 'form' | 'preview' | 'propose' | 'point' | 'recipe' | 'link' | 'load';
/** Pages and buttons of one run. */
export type RunPageAction =
  | 'pause'
  | 'resume'
  | 'retry'
  | 'skip'
  | 'cancel'
  | 'retry-failed'
  | 'delete'
  | 'name'
  | 'schedule'
  | 'watch'
  | 'feed'
  | 'unfeed'
  | 'share'
  | 'unshare';

/** What can be done with a schedule. */
export const SCHEDULE_ACTIONS = ['pause', 'resume', 'delete'] as const;
export type ScheduleAction = (typeof SCHEDULE_ACTIONS)[number];

/** Every address of one instance. This file is the only one that writes addresses. */
export type Paths = ReturnType<typeof pathsBelow>;
/** What can be read of a run: below its own address for the owner, below the shared one for whoever has the link. */
export type ResultPaths = ReturnType<typeof resultsBelow>;

/** The name of an asset with its version: `style.css?v=1a2b3c`. */
export type VersionedName = (file: string) => string;

/**
 * `mount` is the path under which the instance answers: `/tools/jobs`, or nothing for a server of its own. Names and
 * ids are escaped, because some of them come from the address that was asked for.
 */
export function paths(mount: string, versionedName: VersionedName): Paths {
  return pathsBelow(mount, encodeURIComponent, versionedName);
}

/** The same addresses as patterns for the router: `patterns.run(':id')`. */
export const patterns: Paths = pathsBelow('', String, String);

const SHARED_TOKEN = new RegExp(`(${patterns.shared('')}|${patterns.feed('')})[^/?]+`);

/** An address that was asked for, as it may be logged: whoever knows the token of a shared run or a feed can read it. */
export function withoutTokens(address: string): string {
  return address.replace(SHARED_TOKEN, '$1-');
}

function pathsBelow(mount: string, segment: (text: string) => string, versionedName: VersionedName) {
  const job = (name: string) => `${mount}/jobs/${segment(name)}`;
  const run = (id: string) => `${mount}/runs/${segment(id)}`;
  const shared = (token: string) => `${mount}/shared/${segment(token)}`;
  return {
    home: `${mount}/`,
    /** The runs that are searched for, those after the first `after`. */
    homeRuns: ({ text, status, after }: { text: string; status: string | null; after: number }) =>
      `${mount}/?${new URLSearchParams({ q: text, status: status ?? '', after: String(after) })}#runs`,
    healthz: `${mount}/healthz`,
    login: `${mount}/login`,
    metrics: `${mount}/metrics`,
    operator: `${mount}/operator`,
    operatorSearch: (query: string) => `${mount}/operator?${query}`,
    operatorCancelFound: `${mount}/operator/cancel`,
    operatorErrors: `${mount}/operator/errors`,
    operatorLog: `${mount}/operator/log`,
    operatorLogSearch: (query: string) => `${mount}/operator/log?${query}`,
    operatorBlocks: `${mount}/operator/blocks`,
    /** The form to block something, filled in. */
    operatorBlockOf: (kind: 'host' | 'network', value: string) =>
      `${mount}/operator/blocks?${new URLSearchParams({ kind, value })}`,
    operatorUnblock: `${mount}/operator/blocks/remove`,
    operatorLoad: `${mount}/operator/load`,
    operatorRun: (id: string) => `${mount}/operator/runs/${segment(id)}`,
    operatorAction: (id: string, action: 'cancel' | 'delete') => `${mount}/operator/runs/${segment(id)}/${action}`,
    privacy: `${mount}/privacy`,
    privacyDeleted: `${mount}/privacy?deleted=1`,
    privacyDelete: `${mount}/privacy/delete`,
    /** The list of them, on the home page. */
    schedules: `${mount}/#schedules`,
    scheduleAction: (id: string, action: ScheduleAction) => `${mount}/schedules/${segment(id)}/${action}`,

    tokens: `${mount}/tokens`,
    tokenRemove: `${mount}/tokens/remove`,
    webhooks: `${mount}/tokens/webhooks`,
    webhookRemove: `${mount}/tokens/webhooks/remove`,
    securityTxt: `${mount}/.well-known/security.txt`,
    styles: `${mount}/styles`,
    serviceWorker: `${mount}/service-worker.js`,
    asset: (file: string) => `${mount}/${versionedName(file)}`,

    host: `${mount}/host`,
    hostProbe: `${mount}/host/probe`,
    hostProbeFor: (seconds: number) => `${mount}/host/probe?seconds=${seconds}`,

    job,
    /** The form filled in from a query, or as it was for a run. */
    jobFilledIn: (name: string, query: string) => `${job(name)}?${query}`,
    jobOfRun: (name: string, runId: string) => `${job(name)}?_run=${segment(runId)}`,
    /** Likewise, as a watch, where the field begins that says so. */
    watchOfRun: (name: string, runId: string, field: string) =>
      `${job(name)}?_run=${segment(runId)}&_watch=1#f-${segment(field)}`,
    /** Where the form is sent by the buttons that start nothing. */
    formAction: (name: string, action: FormAction) => `${job(name)}/${action}`,
    /** The page that was opened for pointing, in its frame. */
    jobFrame: (name: string, token: string) => `${job(name)}/frame/${segment(token)}`,

    runs: `${mount}/runs`,
    /** Below this lie the pages that the service worker watches over. */
    runsScope: `${mount}/runs/`,
    run,
    /** Asks for the step after `seq`. */
    runSeq: (id: string, seq: number | string) => `${run(id)}?seq=${seq}`,
    /** Chooses pages that change in place, or one page for each step. */
    runPages: (id: string, mode: 'plain' | 'quiet') => `${run(id)}?pages=${mode}`,
    runAction: (id: string, action: RunPageAction) => `${run(id)}/${action}`,
    runResults: (id: string) => resultsBelow(run(id)),

    /** The newest rows of a watch, for feed readers. */
    feed: (token: string) => `${mount}/feeds/${segment(token)}`,
    shared,
    /** The page that does not load itself again. */
    sharedStill: (token: string) => `${shared(token)}?still=1`,
    sharedResults: (token: string) => resultsBelow(shared(token)),

    /** For a pattern alone: whatever lies below the mount. */
    anything: `${mount}/{*path}`,
    /** The address that was asked for, as the router sees it below the mount. Never one of another site, as `//name/` is. */
    asked: (path: string) => `${mount}${path.replace(/^[/\\]*/, '/')}`,
  };
}

function resultsBelow(run: string) {
  return {
    page: run,
    rows: `${run}/rows`,
    rowsBefore: (number: number) => `${run}/rows?before=${number}`,
    rowsAfter: (number: number) => `${run}/rows?after=${number}`,
    download: (format: RowsFormat) => `${run}/rows.${format}`,
    failures: `${run}/failures.csv`,
    steps: `${run}/steps.csv`,
    figures: `${run}/figures.json`,
    files: `${run}/files`,
    filesAfter: (position: number, number: number) => `${run}/files?after=${position}-${number}`,
    filesZip: `${run}/files.zip`,
    file: (position: number | string, number: number | string) => `${run}/files/${position}/${number}`,
  };
}
