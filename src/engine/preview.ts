import type { LoggedAction } from '../core/abuse-log.js';
import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { isStepError, StepError } from '../core/errors.js';
import type { Owner } from '../core/fair-shares.js';
import type { Job, StepContext } from '../core/job.js';
import type { Memory } from '../core/memory.js';
import type { Finding, Mend, Preview } from '../core/preview.js';
import type { Opening, ProposalRequest, Proposals } from '../core/proposal.js';
import type { Input } from '../core/run.js';
import type { SecretBox } from '../core/secrets.js';
import type { Store } from '../core/store.js';
import { Aborter } from './aborter.js';
import { hidingSecrets } from './hide-secrets.js';
import type { HostWatch } from './host-watch.js';
import { stepContext } from './step-context.js';

const LAST_WORDS_MS = 250;

export interface PreviewDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  readonly owner: Owner;
  readonly hosts: HostWatch;
  readonly logged: LoggedAction;
  readonly memory: Memory;
  readonly withinMs: number;
}

export async function preview(job: Job, input: Input, deps: PreviewDeps): Promise<Preview> {
  const attempt = (context: StepContext) => hidingSecrets(job, input, job.preview(input, context));
  const { result, findings } = await inOneAnswer(input, deps, attempt);
  const { rows = [], ...found } = result ?? {};
  return { ...found, findings: [...(result?.findings ?? []), ...findings], rows };
}

/** What was probably meant in fields that were refused; nothing when there was no time to find out. */
export async function mend(
  job: Job,
  typed: Readonly<Record<string, string>>,
  deps: PreviewDeps,
): Promise<readonly Mend[]> {
  const { result } = await inOneAnswer({}, deps, (context) => job.mend(typed, context));
  return result ?? [];
}

export async function propose(job: Job, request: ProposalRequest, deps: PreviewDeps): Promise<Proposals> {
  const { result, findings } = await inOneAnswer({}, deps, (context) => job.propose(request, context));
  const { proposals = [], others = [], problems = [] } = result ?? {};
  return { findings: [...(result?.findings ?? []), ...findings], proposals, others, problems };
}

export async function open(job: Job, request: ProposalRequest, deps: PreviewDeps): Promise<Opening> {
  const nothing: Opening = { opened: null, findings: [], problems: [] };
  const attempt = async (context: StepContext) => job.pointing?.open(request, context) ?? nothing;
  const { result, findings } = await inOneAnswer({}, deps, attempt);
  const { opened, problems, findings: own } = result ?? nothing;
  return { opened, findings: [...own, ...findings], problems };
}

interface Tried<T> {
  /** Null when it failed: then the failure is among the findings. */
  readonly result: T | null;
  readonly findings: readonly Finding[];
}

/**
 * Has a job try something within the time of one answer. Hosts have their turns as in a
 * run, but nobody can come back for one: a turn later than the answer is the failure `preview-wait`, or `preview-paused`
 * when the host asks to be left alone, which is also said of one that asks now.
 */
async function inOneAnswer<T>(
  input: Input,
  { store, clock, secretBox, memory, hosts, logged, owner, withinMs }: PreviewDeps,
  attempt: (context: StepContext) => Promise<T>,
): Promise<Tried<T>> {
  const until = clock.monotonic() + withinMs;
  const abort = new Aborter();
  const late = new StepError('preview-too-slow', `not finished within ${withinMs} ms`, {
    params: { seconds: withinMs / 1000 },
  });
  const paused = new Map<string, Finding>();
  const { pause, ...context } = stepContext({
    store,
    secretBox,
    hosts,
    logged,
    memory,
    input,
    owner,
    abort,
    clock,
    runId: '',
    idempotencyKey: '',
    attempt: 1,
    count: () => {},
    watcher: null,
    beforeWait: async ({ key, waitMs }) => {
      if (clock.monotonic() + waitMs < until) return;
      const [wait] = await store.turnWaits([key]);
      throw wait?.pausedForMs == null ? tooSoon(key, waitMs) : pausedFailure(key, waitMs);
    },
    notNow: (waitMs) =>
      new StepError('preview-throttled', `may be tried again in ${waitMs} ms`, {
        params: { seconds: Math.ceil(waitMs / 1000) },
      }),
  });
  const noted: typeof pause = (key, forMs) => {
    paused.set(key, { ...pausedFailure(key, forMs).failure, isWarning: true });
    return pause(key, forMs);
  };
  try {
    const trying = attempt({ ...context, pause: noted });
    let result = await within(clock, withinMs, trying);
    if (result === null) {
      abort.abort(late);
      // The job may still have something to say.
      result = await within(clock, LAST_WORDS_MS, trying);
    }
    if (result === null) throw late;
    return { result, findings: [...paused.values()] };
  } catch (error) {
    if (!isStepError(error)) throw error;
    const { code, message, params } = error.failure;
    return { result: null, findings: [{ code, message, params, isWarning: true }] };
  } finally {
    abort.abort(late);
  }
}

function tooSoon(host: string, waitMs: number): StepError {
  const seconds = Math.ceil(waitMs / 1000);
  return new StepError('preview-wait', `${host} may be asked again in ${seconds} s`, { params: { host, seconds } });
}

function pausedFailure(host: string, waitMs: number): StepError {
  return new StepError('preview-paused', `${host} asked to be left alone`, { params: { host, waitMs } });
}
