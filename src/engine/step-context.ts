import type { LoggedAction } from '../core/abuse-log.js';
import { isTobiishiError, StepError } from '../core/errors.js';
import type { StepContext } from '../core/job.js';
import type { Memory } from '../core/memory.js';
import type { Input } from '../core/run.js';
import type { SecretBox } from '../core/secrets.js';
import type { Store } from '../core/store.js';
import { type Upload, uploadsOf } from '../core/upload.js';
import type { Aborter } from './aborter.js';
import type { HostWatch } from './host-watch.js';
import type { RunWatcher } from './run-watcher.js';

/** A turn that was refused. */
export interface RefusedTurn {
  readonly key: string;
  readonly waitMs: number;
  /** No turn was granted to this attempt yet: it has done nothing that must not be repeated. */
  readonly isFirst: boolean;
}

interface Parts
  extends Omit<
    StepContext,
    | 'signal'
    | 'seen'
    | 'turn'
    | 'started'
    | 'pause'
    | 'cache'
    | 'keep'
    | 'withMemory'
    | 'seal'
    | 'unseal'
    | 'throttle'
    | 'file'
  > {
  readonly abort: Aborter;
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly hosts: HostWatch;
  /** What asks, for the abuse log: a run that is in it by this id, or what is put there when it asks the first host. */
  readonly logged: string | LoggedAction;
  readonly memory: Memory;
  /** Null where nothing is watched. */
  readonly watcher: Pick<RunWatcher, 'see'> | null;
  /** Called before each wait for a turn; throws when it must not be waited for here. */
  beforeWait(turn: RefusedTurn): void | Promise<void>;
  /** What `throttle` throws. */
  notNow(waitMs: number): Error;
}

/** Whoever found no memory comes back after so long. */
const BUSY_MS = 5000;

/** A figure of a run: rows that later runs will not know again. */
export const NOT_REMEMBERED = 'tobiishi/not_remembered';

/** What no host can notice between a turn and the request it is for. */
const ON_TIME_MS = 1;

const ABORT = Symbol('abort');
interface HasAborter {
  readonly [ABORT]: Aborter;
}

/** The signal is made when it is asked for. With a `get` of its own each context would be a dictionary, slow to make and large. */
const SIGNAL: PropertyDescriptor & ThisType<HasAborter> = {
  get() {
    return this[ABORT].signal;
  },
  enumerable: true,
  configurable: true,
};

/**
 * The context of one attempt, or of a preview. Its functions need no `this`, so that a job may take them out of it. Once the
 * attempt is aborted none of them reaches the store: it may be closed, or another attempt at work.
 */
export function stepContext(parts: Parts): StepContext {
  const { store, secretBox, memory, hosts, logged, watcher, beforeWait, notNow } = parts;
  const { input, owner, abort, clock, runId, idempotencyKey, attempt, count } = parts;
  const runOf = (key: string) => (runId !== '' && key.startsWith(`${runId}:`) ? runId : null);
  /** When the last granted turn of each key was asked for, so not later than it was granted. */
  let askedAt: Map<string, number> | null = null;
  // One by one: spread from a rest parameter they took 9 µs of a step.
  const context: Omit<StepContext, 'signal'> & HasAborter = {
    input,
    owner,
    clock,
    runId,
    idempotencyKey,
    attempt,
    [ABORT]: abort,
    file: (field) => fileIn(input, field),
    count,
    async turn(key, delayMs) {
      for (;;) {
        abort.throwIfAborted();
        await hosts.check(key);
        const now = clock.monotonic();
        const turn = await store.takeTurn(key, delayMs);
        if (turn.granted) {
          askedAt ??= new Map();
          askedAt.set(key, now);
          await hosts.note(logged, key);
          return;
        }
        await beforeWait({ key, waitMs: turn.waitMs, isFirst: askedAt === null });
        await clock.sleep(turn.waitMs, abort);
      }
    },
    async started(key) {
      abort.throwIfAborted();
      const at = askedAt?.get(key);
      if (at !== undefined && clock.monotonic() - at > ON_TIME_MS) await store.noteStart(key);
    },
    async pause(key, forMs) {
      abort.throwIfAborted();
      await store.pauseTurns(key, forMs);
    },
    async cache(key, ttlMs, make) {
      abort.throwIfAborted();
      const kept = await store.readCache(key);
      if (kept !== null) return kept;
      const text = await make();
      abort.throwIfAborted();
      const keptMs = typeof ttlMs === 'number' ? ttlMs : ttlMs(text);
      if (keptMs > 0) await store.writeCache(key, text, keptMs, runOf(key));
      return text;
    },
    async keep(key, text, ttlMs) {
      abort.throwIfAborted();
      await store.writeCache(key, text, ttlMs, runOf(key));
    },
    async seen(rows, { note = true } = {}) {
      abort.throwIfAborted();
      const seen = watcher === null ? [] : await watcher.see(rows, note);
      const unknown = seen.filter((each) => each === null).length;
      if (note && unknown > 0) count(NOT_REMEMBERED, unknown);
      return rows.map((_, i) => seen[i] ?? 'new');
    },
    async withMemory(work) {
      abort.throwIfAborted();
      const held = memory.open(owner);
      const hold = async (bytes: number) => {
        await held.hold(bytes, abort.signal).catch((error: unknown) => {
          throw isTobiishiError(error, 'too-busy') ? notNow(BUSY_MS) : error;
        });
      };
      try {
        return await work({ mostBytes: held.mostBytes, hold });
      } finally {
        held.release();
      }
    },
    seal: (text) => secretBox.seal(text),
    unseal: (sealed) => secretBox.open(sealed),
    throttle(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new TypeError(`throttle(${ms}): give it a number of milliseconds`);
      throw notNow(Math.max(1, ms));
    },
  };
  return Object.defineProperty(context, 'signal', SIGNAL) as unknown as StepContext;
}

function fileIn(input: Input, field: string): Upload {
  const [file] = uploadsOf(input[field]);
  if (file !== undefined) return file;
  throw new StepError('file-missing', `there is no file in the field ${field}`, { params: { field }, retry: false });
}
