import type { Claim } from '../../core/claim.js';
import { type Clock, systemClock } from '../../core/clock.js';
import type { RunChange } from '../../core/decision.js';
import { TobiishiError } from '../../core/errors.js';
import type { HandOver } from '../../core/hand-over.js';
import { type Upcoming, upcoming } from '../../core/lanes.js';
import type { KeptOf } from '../../core/quotas.js';
import {
  decideTurn,
  KEPT_LIMIT_MS,
  pausedFor,
  type RateLimit,
  startedNow,
  type Turn,
  type TurnWait,
  turnWait,
} from '../../core/rate-limit.js';
import { type NewRun, type Run, type RunState, UNFINISHED, withInput } from '../../core/run.js';
import { startRun } from '../../core/run-state.js';
import type { AttemptError, NewStep, Step, StepRecord } from '../../core/step.js';
import {
  CACHE_BYTES,
  CACHE_CHECKED_BYTES,
  type RecordedRow,
  type RowLines,
  type RunError,
  type RunFilter,
  type Store,
  type StoreSize,
  VISITORS_OF_NETWORK,
} from '../../core/store.js';
import { UPLOAD_KEPT_MS } from '../../core/upload.js';
import { type DatabaseRecord, ERROR, RUN, STEP, toRateLimit, toRunCounts, toRunError } from '../columns.js';
import { FactsAhead } from './ahead.js';
import { changeRun, newerVersion } from './change.js';
import type { Database, Result, Statement, Value } from './database.js';
import { indexable, indexableKey, newRun, newSteps } from './records.js';
import { MIGRATIONS } from './schema.js';
import * as sql from './statements.js';

/** Steps inserted by one statement: writing them as JSON takes some milliseconds, in which nobody is answered. */
const BITE = 1000;
/** Of these, likewise, about so many bytes; and so many statements are on their way at once, held in memory. */
const BITE_TEXT = 1_000_000;
const BITES_AT_ONCE = 8;
/** Swept by one statement, far within the time that one may take. */
const BITE_BYTES = 10_000_000;

/**
 * Runs and steps in PostgreSQL, for any number of processes at once. Times are the database's, since the clocks of machines
 * differ; a clock given instead is for tests.
 */
export class PostgresStore implements Store {
  /** Written to the cache by this process since it looked at how much is in it. */
  #cachedBytes = 0;
  readonly #ahead: FactsAhead;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
    private readonly handOver: HandOver | null = null,
  ) {
    this.#ahead = new FactsAhead(clock ?? systemClock);
  }

  // Runs

  async createRun(planned: NewRun, items: readonly NewStep[], maxUnfinished: number): Promise<Run> {
    const { run, steps } = startRun(planned, items, 0);
    const mostOfNetwork = maxUnfinished * VISITORS_OF_NETWORK;
    const values = [newRun(run), JSON.stringify(run.input), UNFINISHED, maxUnfinished, this.#now, mostOfNetwork];
    const uploads = (planned.uploads ?? []).map(({ id }) => id);
    // All at once, since the database may be far away: of a run that is refused, nothing is inserted.
    const { inserted } = await this.database.transaction(async (query) => {
      // Two runs started at the same time would each not see the other.
      query(sql.lockVisitor, [run.visitorId]);
      const inserted = query(sql.insertRun, values);
      if (uploads.length > 0) query(sql.linkUploads, [run.id, uploads]);
      await this.#insertSteps(query, run, steps);
      if (run.background && this.handOver !== null && (await inserted).rowCount === 1)
        await this.handOver(run.id, query);
      return { inserted };
    });
    const [record] = (await inserted).rows;
    if (record !== undefined) return toRun(record);
    const [visitor] = (await this.#query(sql.countUnfinished, run.visitorId, UNFINISHED)).rows;
    if (Number(visitor?.['count']) < maxUnfinished)
      throw new TobiishiError('too-busy', 'unfinished runs of one network');
    throw new TobiishiError('too-many-runs', 'visitor has too many unfinished runs', { max: maxUnfinished });
  }

  async #insertSteps(query: Database['query'], { id, bytes }: RunState, steps: readonly StepRecord[]): Promise<void> {
    const bite = Math.max(1, Math.min(BITE, Math.floor((BITE_TEXT * steps.length) / bytes)));
    for (let from = 0; from < steps.length; from += bite) {
      const inserted = query(sql.insertSteps, [newSteps(steps.slice(from, from + bite)), id]);
      if ((from / bite) % BITES_AT_ONCE === BITES_AT_ONCE - 1 && (await inserted).rowCount === 0) return;
    }
  }

  async change<T>(change: RunChange<T>): Promise<T | null> {
    return changeRun(this.database, change, this.#now, this.#ahead, this.handOver);
  }

  async deleteRun(id: string): Promise<boolean> {
    return (await this.#query(sql.deleteRun, id)).rowCount === 1;
  }

  // Reading

  async findRun(id: string): Promise<Run | null> {
    const [record] = (await this.#query(sql.findRun, id)).rows;
    return record === undefined ? null : toRun(record);
  }

  async findSharedRun(token: string): Promise<Run | null> {
    const [record] = (await this.#query(sql.findSharedRun, token)).rows;
    return record === undefined ? null : toRun(record);
  }

  async bytesKept({ visitorId, network }: KeptOf): Promise<number> {
    const { rows } = await (visitorId !== undefined
      ? this.#query(sql.bytesOfVisitor, visitorId)
      : network !== undefined
        ? this.#query(sql.bytesOfNetwork, network)
        : this.#query(sql.bytesOfAll));
    return Number(rows[0]?.['bytes']);
  }

  async listRuns(visitorId: string, limit: number): Promise<Run[]> {
    return (await this.#query(sql.listRuns, visitorId, limit)).rows.map(toRun);
  }

  async searchRuns({ status, job, visitorId, network, host }: RunFilter, limit: number): Promise<Run[]> {
    return (await this.#query(sql.searchRuns, status, job, visitorId, network, host, limit)).rows.map(toRun);
  }

  async listUpcoming({ id, gaveUpPosition }: RunState): Promise<Upcoming[]> {
    const { rows } = await this.#query(sql.listUpcoming, id, this.#now, gaveUpPosition);
    return rows.map((record) => upcoming(STEP.read(record), record['at_work'] === true, Number(record['now'])));
  }

  async listAbandoned({ runId, epoch }: Claim): Promise<StepRecord[]> {
    return (await this.#query(sql.listAbandoned, runId, epoch)).rows.map((record) => STEP.read(record));
  }

  async listAbandonedRuns({ id, leaseUntil }: RunState, withinMs: number): Promise<RunState[]> {
    if (leaseUntil === null) return [];
    const { rows } = await this.#query(sql.listAbandonedRuns, leaseUntil - withinMs, leaseUntil + withinMs, id);
    return rows.map((record) => RUN.read(record));
  }

  async listIdleRuns(idleMs: number, except: readonly string[], limit: number): Promise<RunState[]> {
    const { rows } = await this.#query(sql.listIdle, this.#now, idleMs, except, limit);
    return rows.map((record) => RUN.read(record));
  }

  async listRows(runId: string, after: number, limit: number, mostBytes = 2 ** 40): Promise<RecordedRow[]> {
    return toRows(await this.#query(sql.listRows, runId, after, limit, mostBytes));
  }

  async readRows(runId: string, after: number, limit: number, mostBytes: number): Promise<RowLines | null> {
    const [record] = (await this.#query(sql.readRows, runId, after, limit, mostBytes)).rows;
    if (typeof record?.['lines'] !== 'string') return null;
    return { last: Number(record['last']), lines: Buffer.from(`${record['lines']}\n`) };
  }

  async listRowsBefore(runId: string, before: number, limit: number, mostBytes = 2 ** 40): Promise<RecordedRow[]> {
    return toRows(await this.#query(sql.listRowsBefore, runId, before, limit, mostBytes));
  }

  async listFailures(runId: string, before: number | null, limit: number): Promise<Step[]> {
    const { rows } = await this.#query(sql.listFailures, runId, before ?? Number.MAX_SAFE_INTEGER, limit);
    return rows.map((record) => STEP.read(record));
  }

  async listSteps(runId: string, after: number, limit: number): Promise<Step[]> {
    const { rows } = await this.#query(sql.listSteps, runId, after, limit);
    return rows.map((record) => STEP.read(record));
  }

  async listErrors(runId: string): Promise<AttemptError[]> {
    return (await this.#query(sql.listErrors, runId)).rows.map((record) => ERROR.read(record));
  }

  async listNewestErrors(limit: number): Promise<RunError[]> {
    return (await this.#query(sql.listNewestErrors, limit)).rows.map(toRunError);
  }

  async size(): Promise<StoreSize> {
    const [size] = (await this.#query(sql.schemaBytes)).rows;
    return { bytes: Number(size?.['bytes']), runs: toRunCounts((await this.#query(sql.countByStatus)).rows) };
  }

  // Rate limits

  async takeTurn(key: string, delayMs: number): Promise<Turn> {
    return this.#changeLimit(key, (limit, now) => decideTurn(limit, delayMs, now));
  }

  async noteStart(key: string): Promise<void> {
    await this.#changeLimit(key, (limit, now) => ({ limit: startedNow(limit, now), turn: null }));
  }

  async pauseTurns(key: string, forMs: number): Promise<void> {
    await this.#changeLimit(key, (limit, now) => ({ limit: pausedFor(limit, forMs, now), turn: null }));
  }

  async turnWaits(keys: readonly string[]): Promise<TurnWait[]> {
    const { rows } = await this.#query(sql.listLimits, keys.map(indexable), this.#now);
    return rows.map((record) => turnWait(toRateLimit(record), Number(record['now'])));
  }

  #changeLimit<T>(key: string, decide: (limit: RateLimit, now: number) => { limit: RateLimit; turn: T }): Promise<T> {
    return this.database.transaction(async (query) => {
      const [record] = (await query(sql.lockLimit, [indexable(key), this.#now])).rows;
      const { limit, turn } = decide(toRateLimit(record), Number(record?.['now']));
      const { startedAt, delayMs, delayUntil, pausedUntil } = limit;
      query(sql.saveLimit, [indexable(key), startedAt, delayMs, delayUntil, pausedUntil]);
      return turn;
    });
  }

  // Cache

  /** Kept as JSON text, which has no character that PostgreSQL refuses. */
  async readCache(key: string): Promise<string | null> {
    const [record] = (await this.#query(sql.readCache, indexableKey(key), this.#now)).rows;
    return record === undefined ? null : JSON.parse(String(record['text']));
  }

  async writeCache(key: string, text: string, ttlMs: number, ofRun: string | null = null): Promise<void> {
    await this.#query(sql.writeCache, indexableKey(key), JSON.stringify(text), ttlMs, this.#now, ofRun);
    this.#cachedBytes += Buffer.byteLength(text);
    if (this.#cachedBytes < CACHE_CHECKED_BYTES) return;
    this.#cachedBytes = 0;
    await this.trimCache('', CACHE_BYTES);
  }

  async trimCache(prefix: string, mostBytes: number): Promise<void> {
    await this.#query(sql.trimCache, prefix, mostBytes);
  }

  async deleteCached(prefix: string): Promise<void> {
    await this.#query(sql.deleteCachedBelow, indexableKey(prefix));
  }

  // Keeping house

  async sweep(ttlMs: number, limit: number): Promise<boolean> {
    const results = [
      await this.#query(sql.deleteSessions, this.#now, limit),
      await this.#query(sql.deleteCached, this.#now, limit),
      await this.#query(sql.deleteLimits, this.#now, limit, KEPT_LIMIT_MS),
      await this.#query(sql.deleteRates, this.#now, limit),
      await this.#query(sql.trashRuns, this.#now, limit, ttlMs),
      await this.#query(sql.unlinkTrashedUploads),
      await this.#query(sql.trashUploads, this.#now, limit, UPLOAD_KEPT_MS),
      await this.#query(sql.deleteTrashedInputs, limit, BITE_BYTES),
      await this.#query(sql.deleteTrashedErrors, limit, BITE_BYTES),
      await this.#query(sql.deleteTrashedCache),
      await this.#query(sql.deleteTrashedRows, limit, BITE_BYTES),
      await this.#query(sql.deleteTrashedSteps, limit, BITE_BYTES),
      await this.#query(sql.deleteTrashedPieces, limit),
      await this.#query(sql.deleteTrashedFiles),
      await this.#query(sql.emptyTrash),
    ];
    return results.some(({ rowCount }) => rowCount !== 0);
  }

  /** Also throws `newer-version`: what this one would write, the newer one might not understand. */
  async ping(): Promise<void> {
    const { rowCount } = await this.#query(sql.newerVersion, MIGRATIONS.length);
    if (rowCount !== 0) throw newerVersion();
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  get #now(): number | null {
    return this.clock?.now() ?? null;
  }

  #query(statement: Statement, ...values: Value[]): Promise<Result> {
    return this.database.query(statement, values);
  }
}

function toRun(record: DatabaseRecord): Run {
  return withInput(RUN.read(record), JSON.parse(String(record['input'])));
}

function toRows({ rows }: Result): RecordedRow[] {
  return rows.map(({ number, data }) => ({ number: Number(number), row: JSON.parse(String(data)) }));
}
