import { setImmediate } from 'node:timers/promises';
import type { Claim } from '../../core/claim.js';
import type { Clock } from '../../core/clock.js';
import type { RunChange } from '../../core/decision.js';
import { TobiishiError } from '../../core/errors.js';
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
import { hasLargeRows, type NewRun, type Run, type RunState, UNFINISHED, withInput } from '../../core/run.js';
import { startRun } from '../../core/run-state.js';
import type { AttemptError, NewStep, Step, StepRecord } from '../../core/step.js';
import {
  CACHE_BYTES,
  CACHE_CHECKED_BYTES,
  parseRows,
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
import type { Checkpoints } from './checkpoints.js';
import type { ClaimMarks } from './claim-marks.js';
import { emptyLog, isShrinkable, numberOf, type SqliteDatabase, transaction } from './database.js';
import { RunCache } from './run-cache.js';
import { RunRecords } from './run-records.js';
import { type Doomed, prepareStatements } from './statements.js';

/** Swept at once: each page of it is overwritten, which takes some ten milliseconds. */
const BITE_BYTES = 500_000;
/** Of the rows of a step, so many are written at once, or so much of them. */
const BITE_ROWS = 500;
const BITE_CHARACTERS = 250_000;
/** Of a kilobyte each: so many that are free stay in the file, to be written again. */
const SPARE_PAGES = 1000;

/** Of a plan, so many steps are inserted at once, which takes some ten milliseconds: nobody is answered meanwhile. */
const BITE = 1000;

interface RowsWanted {
  readonly runId: string;
  readonly from: number;
  readonly to: number;
  readonly mostBytes: number;
}

/** Runs and steps in a SQLite file of which this process is the only user. */
export class SqliteStore implements Store {
  readonly #sql;
  readonly #records: RunRecords;
  readonly #cache = new RunCache();
  /** Runs of which some steps are inserted: until the last ones are, the steps belong to no run. */
  #starting = 0;
  /** Something was deleted since the log was emptied, or may have been by the process before. */
  #hasSwept = true;
  /** Written to the cache since it was looked at how much is in it. */
  #cachedBytes = 0;

  constructor(
    readonly db: SqliteDatabase,
    private readonly clock: Clock,
    private readonly onClose: () => void = () => {},
    /** What was written in a transaction of the store's was taken back. */
    private readonly onRollback: () => void = () => {},
    /** Null: each claim is written at once. */
    private readonly marks: ClaimMarks | null = null,
    /** Null: by those who commit. */
    private readonly checkpoints: Checkpoints | null = null,
  ) {
    this.#sql = prepareStatements(db);
    this.#records = new RunRecords(db, this.#sql, this.#cache, clock, marks);
    this.transaction(() => {
      for (const mark of marks?.read() ?? []) this.#records.writeMarked(mark);
      // Nobody else has the file open, so whoever held a lease is dead.
      this.#sql.endLeases.run(this.clock.now());
    });
    marks?.wipe();
  }

  // Runs

  async createRun(newRun: NewRun, newSteps: readonly NewStep[], maxUnfinished: number): Promise<Run> {
    const { run, steps } = startRun(newRun, newSteps, this.clock.now());
    const last = Math.max(0, Math.ceil(steps.length / BITE) - 1) * BITE;
    this.#starting += 1;
    try {
      for (let from = 0; from < last; from += BITE) {
        this.transaction(() => {
          this.#checkRoom(run, maxUnfinished);
          // Should this process end now, its steps are swept.
          this.#sql.trash.run(run.id);
          this.#records.insertSteps(steps.slice(from, from + BITE));
        });
        await setImmediate();
      }
      this.transaction(() => {
        this.#checkRoom(run, maxUnfinished);
        this.#records.insertSteps(steps.slice(last));
        this.#records.insertRun(run);
        this.#sql.insertInput.run(run.id, JSON.stringify(run.input));
        for (const { id } of newRun.uploads ?? []) this.#sql.linkUpload.run(run.id, id);
        if (last > 0) this.#sql.untrash.run(run.id);
      });
    } finally {
      this.#starting -= 1;
    }
    this.#records.readStart(run.id, steps);
    const started = await this.findRun(run.id);
    if (started === null) throw new Error(`run ${run.id} was not kept`);
    return started;
  }

  async change<T>(change: RunChange<T>, also?: (answer: T) => void): Promise<T | null> {
    const { rows = [] } = change;
    let written = 0;
    for (let bite = biteOf(rows, 0); bite.to < rows.length; bite = biteOf(rows, written)) {
      if (!this.transaction(() => this.#records.writeAhead(change, written, bite.to))) return null;
      this.checkpoints?.committed(bite.characters);
      written = bite.to;
      await setImmediate();
    }
    const claimed = also === undefined ? this.#records.claimUnwritten(change) : undefined;
    if (claimed !== undefined) return claimed;
    // What is handed out is read from the file, which must have the last claim by then.
    if (change.name === 'claim' || change.name === 'take') this.#writeClaimOf(change.runId);
    const answer = this.transaction(() => {
      const answer = this.#records.change(change, written);
      if (answer !== null) also?.(answer);
      return answer;
    });
    if (answer !== null) this.#records.forgetUnwritten(change.runId);
    return answer;
  }

  /** Before something is read past the cache, of the runs that are meant. Many at once would hold up whoever is answered. */
  #writeClaims(isMeant: (run: RunState) => boolean): void {
    const ids = this.#records.unwritten(isMeant);
    if (ids.length === 0) return;
    this.transaction(() => {
      for (const id of ids) this.#records.writeClaim(id);
    });
    for (const id of ids) this.#records.forgetUnwritten(id);
  }

  #writeClaimOf(id: string): void {
    if (this.#records.isUnwritten(id)) this.#writeClaims((run) => run.id === id);
  }

  async deleteRun(id: string): Promise<boolean> {
    return this.transaction(() => {
      if (this.#records.find(id) === null) return false;
      this.forget(id);
      this.#sql.trash.run(id);
      this.#sql.deleteInput.run(id);
      this.#sql.deleteTrashedRuns.run();
      this.#sql.deleteCachedOfRun.run(id);
      this.marks?.wipe();
      return true;
    });
  }

  // Reading

  async findRun(id: string): Promise<Run | null> {
    const state = this.#records.find(id);
    if (state === null) return null;
    let input = this.#cache.input(id);
    if (input === null) {
      input = String((this.#sql.findInput.get(id) as DatabaseRecord)['input']);
      this.#cache.setInput(id, input);
    }
    return withInput(state, JSON.parse(input));
  }

  async findSharedRun(token: string): Promise<Run | null> {
    const record = this.#sql.findSharedRun.get(token) as DatabaseRecord | undefined;
    return record === undefined ? null : this.findRun(String(record['id']));
  }

  async bytesKept({ visitorId, network }: KeptOf): Promise<number> {
    const { bytesOfVisitor, bytesOfNetwork, bytesOfAll } = this.#sql;
    const record =
      visitorId !== undefined
        ? bytesOfVisitor.get(visitorId)
        : network !== undefined
          ? bytesOfNetwork.get(network)
          : bytesOfAll.get();
    return Number((record as DatabaseRecord)['bytes']);
  }

  async listRuns(visitorId: string, limit: number): Promise<Run[]> {
    this.#writeClaims((run) => run.visitorId === visitorId);
    return (this.#sql.listRuns.all(visitorId, limit) as DatabaseRecord[]).map(wholeRun);
  }

  async searchRuns({ status, job, visitorId, network, host }: RunFilter, limit: number): Promise<Run[]> {
    this.#writeClaims(() => true);
    const found = this.#sql.searchRuns.all(status, job, visitorId, network, host, limit);
    return (found as DatabaseRecord[]).map(wholeRun);
  }

  async listUpcoming({ id, gaveUpPosition }: RunState): Promise<Upcoming[]> {
    const now = this.clock.now();
    const run = this.#records.find(id);
    const isAtWork = ({ takenEpoch }: StepRecord) => {
      return run?.leaseUntil != null && run.leaseUntil > now && takenEpoch === run.epoch;
    };
    return this.#upcoming(id, gaveUpPosition).map((step) => upcoming(step, isAtWork(step), now));
  }

  async listAbandoned({ runId, epoch }: Claim): Promise<StepRecord[]> {
    this.#writeClaimOf(runId);
    return (this.#sql.listAbandoned.all(runId, epoch) as DatabaseRecord[]).map((record) => STEP.read(record));
  }

  async listAbandonedRuns({ id, leaseUntil }: RunState, withinMs: number): Promise<RunState[]> {
    if (leaseUntil === null) return [];
    this.#writeClaims((run) => Math.abs((run.leaseUntil ?? 0) - leaseUntil) <= withinMs);
    const records = this.#sql.listAbandonedRuns.all(leaseUntil - withinMs, leaseUntil + withinMs, id);
    return (records as DatabaseRecord[]).map((record) => RUN.read(record));
  }

  async listIdleRuns(idleMs: number, except: readonly string[], limit: number): Promise<RunState[]> {
    const now = this.clock.now();
    this.#writeClaims(({ updatedAt }) => updatedAt <= now - idleMs);
    const records = this.#sql.listIdle.all(now, idleMs, JSON.stringify(except), limit);
    return (records as DatabaseRecord[]).map((record) => RUN.read(record));
  }

  #upcoming(id: string, gaveUpPosition: number | null): StepRecord[] {
    const only = gaveUpPosition === null ? this.#cache.onlyHead(id) : null;
    if (only !== null) return [only];
    this.#writeClaimOf(id);
    if (gaveUpPosition === null) {
      return (this.#sql.listUpcoming.all(id) as DatabaseRecord[]).map((record) => STEP.read(record));
    }
    const gaveUp = this.#sql.findStep.get(id, gaveUpPosition) as DatabaseRecord | undefined;
    return gaveUp === undefined ? [] : [STEP.read(gaveUp)];
  }

  async listRows(runId: string, after: number, limit: number, mostBytes = 2 ** 40): Promise<RecordedRow[]> {
    return toRows(await this.readRows(runId, after, limit, mostBytes));
  }

  async readRows(runId: string, after: number, limit: number, mostBytes: number): Promise<RowLines | null> {
    const { rowCount, hasLarge } = this.#rowsOf(runId);
    const last = Math.min(after + limit, rowCount);
    if (after >= last) return null;
    if (hasLarge) return this.#oneByOne({ runId, from: after + 1, to: last, mostBytes });
    const short = this.#readShort(runId, after, last, mostBytes);
    return short ?? toLines(this.#sql.readRowsAfter.get(runId, after, last - after, mostBytes));
  }

  async listRowsBefore(runId: string, before: number, limit: number, mostBytes = 2 ** 40): Promise<RecordedRow[]> {
    const { rowCount, hasLarge } = this.#rowsOf(runId);
    const last = Math.min(before - 1, rowCount);
    const after = Math.max(0, last - limit);
    if (after >= last) return [];
    if (hasLarge) return toRows(this.#oneByOne({ runId, from: last, to: after + 1, mostBytes }));
    const short = this.#readShort(runId, after, last, mostBytes);
    return toRows(short ?? toLines(this.#sql.readRowsBefore.get(runId, last + 1, last - after, mostBytes)));
  }

  /** Later ones are written ahead, and not recorded yet. */
  #rowsOf(runId: string): { readonly rowCount: number; readonly hasLarge: boolean } {
    const run = this.#records.find(runId) ?? { rowCount: 0, bytes: 0 };
    // In a large file of an older version, to look for the end of a page reads each of its rows, to compare their keys.
    return { rowCount: run.rowCount, hasLarge: hasLargeRows(run) };
  }

  /** All of them; null when one is longer than its share, so that they might be too much. */
  #readShort(runId: string, after: number, last: number, mostBytes: number): RowLines | null {
    if (this.#sql.findLongerRow.get(runId, after, last, mostBytes / (last - after)) !== undefined) return null;
    return toLines(this.#sql.readRows.get(runId, after, last));
  }

  /** From `from` to `to`, whichever is first. */
  #oneByOne({ runId, from, to, mostBytes }: RowsWanted): RowLines {
    const step = from <= to ? 1 : -1;
    const read: Buffer[] = [];
    for (let [at, bytes] = [from, 0]; at !== to + step && (read.length === 0 || bytes < mostBytes); at += step) {
      const { lines } = toLines(this.#sql.readRows.get(runId, at - 1, at));
      bytes += lines.length;
      read.push(lines);
    }
    if (step < 0) return { last: from, lines: Buffer.concat(read.reverse()) };
    return { last: from + read.length - 1, lines: read.length === 1 ? (read[0] as Buffer) : Buffer.concat(read) };
  }

  async listFailures(runId: string, before: number | null, limit: number): Promise<Step[]> {
    // Often there are none, which is asked in a third of the time.
    if (this.#cache.isFlawless(runId)) return [];
    if (this.#sql.hasFailures.get(runId) === undefined) {
      this.#cache.setFlawless(runId);
      return [];
    }
    const records = this.#sql.listFailures.all(runId, before ?? Number.MAX_SAFE_INTEGER, limit);
    return (records as DatabaseRecord[]).map((record) => STEP.read(record));
  }

  async listSteps(runId: string, after: number, limit: number): Promise<Step[]> {
    return (this.#sql.listSteps.all(runId, after, limit) as DatabaseRecord[]).map((record) => STEP.read(record));
  }

  async listErrors(runId: string): Promise<AttemptError[]> {
    return (this.#sql.listErrors.all(runId) as DatabaseRecord[]).map((record) => ERROR.read(record));
  }

  async listNewestErrors(limit: number): Promise<RunError[]> {
    return (this.#sql.listNewestErrors.all(limit) as DatabaseRecord[]).map(toRunError);
  }

  async size(): Promise<StoreSize> {
    const [{ page_count }] = this.db.pragma('page_count') as [{ page_count: number }];
    const [{ page_size }] = this.db.pragma('page_size') as [{ page_size: number }];
    return { bytes: page_count * page_size, runs: toRunCounts(this.#sql.countByStatus.all() as DatabaseRecord[]) };
  }

  // Rate limits

  async takeTurn(key: string, delayMs: number): Promise<Turn> {
    return this.transaction(() => {
      const { turn, limit } = decideTurn(this.#limit(key), delayMs, this.clock.now());
      this.#saveLimit(key, limit);
      return turn;
    });
  }

  async noteStart(key: string): Promise<void> {
    this.transaction(() => this.#saveLimit(key, startedNow(this.#limit(key), this.clock.now())));
  }

  async pauseTurns(key: string, forMs: number): Promise<void> {
    this.transaction(() => this.#saveLimit(key, pausedFor(this.#limit(key), forMs, this.clock.now())));
  }

  async turnWaits(keys: readonly string[]): Promise<TurnWait[]> {
    return keys.map((key) => turnWait(this.#limit(key), this.clock.now()));
  }

  #limit(key: string): RateLimit {
    return toRateLimit(this.#sql.findLimit.get(key) as DatabaseRecord | undefined);
  }

  #saveLimit(key: string, { startedAt, delayMs, delayUntil, pausedUntil }: RateLimit): void {
    this.#sql.saveLimit.run(key, startedAt, delayMs, delayUntil, pausedUntil);
  }

  // Cache

  async readCache(key: string): Promise<string | null> {
    const record = this.#sql.readCache.get(key, this.clock.now()) as { text: Buffer } | undefined;
    return record?.text.toString() ?? null;
  }

  async writeCache(key: string, text: string, ttlMs: number, ofRun: string | null = null): Promise<void> {
    const bytes = Buffer.from(text);
    this.transaction(() => this.#sql.writeCache.run(key, bytes, this.clock.now() + ttlMs, ofRun));
    this.#cachedBytes += bytes.length;
    if (this.#cachedBytes < CACHE_CHECKED_BYTES) return;
    this.#cachedBytes = 0;
    await this.trimCache('', CACHE_BYTES);
  }

  async trimCache(prefix: string, mostBytes: number): Promise<void> {
    this.transaction(() => this.#sql.trimCache.run(prefix, mostBytes));
  }

  async deleteCached(prefix: string): Promise<void> {
    this.transaction(() => this.#sql.deleteCachedBelow.run(prefix));
  }

  // Keeping house

  async sweep(ttlMs: number, limit: number): Promise<boolean> {
    const hasDeleted = this.#sweepOnce(ttlMs, limit);
    if (hasDeleted) this.#hasSwept = true;
    else if (!this.#hasSwept) return false;
    if (hasDeleted || this.#shrink()) return true;
    // What was deleted is still in the log: now it goes from the disk, too.
    this.#hasSwept = !emptyLog(this.db);
    return false;
  }

  #sweepOnce(ttlMs: number, limit: number): boolean {
    this.#writeClaims(({ updatedAt }) => updatedAt < this.clock.now() - ttlMs);
    const bite = { records: limit, bytes: BITE_BYTES };
    const hasDeleted = this.transaction(() => {
      const now = this.clock.now();
      const { deleteSessions, deleteLimits, trashRuns, deleteTrashedRuns, expired, trashed } = this.#sql;
      const { deleteTrashedFiles, emptyTrash } = this.#sql;
      let deleted = deleteSessions.run(now, limit).changes + deleteLimits.run(now, KEPT_LIMIT_MS, limit).changes;
      this.#cache.clear();
      trashRuns.run(now - ttlMs, limit);
      deleted += deleteTrashedRuns.run().changes;
      this.#sql.unlinkTrashedUploads.run();
      this.#sql.trashUploads.run(now - UPLOAD_KEPT_MS, limit);
      deleted += this.#sql.deleteTrashedUploads.run().changes;
      deleted += take(bite, expired, now);
      if (this.#starting > 0) return deleted > 0;
      const ofRuns = trashed.reduce((sum, each) => sum + take(bite, each), 0);
      if (ofRuns > 0) this.marks?.wipe();
      if (ofRuns === 0 && bite.records > 0) {
        deleteTrashedFiles.run();
        emptyTrash.run();
      }
      return deleted + ofRuns > 0;
    });
    this.checkpoints?.committed(BITE_BYTES - bite.bytes);
    return hasDeleted;
  }

  /** Gives a bit of what is free in the file back. False when there is little. */
  #shrink(): boolean {
    if (!isShrinkable(this.db) || numberOf(this.db, 'freelist_count') < SPARE_PAGES) return false;
    this.db.exec(`PRAGMA incremental_vacuum(${SPARE_PAGES / 2})`);
    return true;
  }

  /** A file that can only be read is unavailable, too. */
  async ping(): Promise<void> {
    this.transaction(() => {});
  }

  async close(): Promise<void> {
    await this.checkpoints?.close();
    if (!this.db.open) return;
    this.db.close();
    this.marks?.close();
    this.onClose();
  }

  protected transaction<T>(work: () => T): T {
    try {
      const result = transaction(this.db, work);
      this.checkpoints?.committed();
      return result;
    } catch (error) {
      this.#cache.clear();
      this.onRollback();
      throw error;
    }
  }

  /** To be called when a run was written without `change`. */
  protected forget(id: string): void {
    this.#cache.forget(id);
    this.#records.forgetUnwritten(id);
  }

  #checkRoom({ visitorId, network }: RunState, max: number): void {
    const { countUnfinished, countOfNetwork } = this.#sql;
    const unfinished = JSON.stringify(UNFINISHED);
    const { count } = countUnfinished.get(visitorId, unfinished) as { count: number };
    if (count >= max) throw new TobiishiError('too-many-runs', `visitor has ${count} unfinished runs`, { max });
    if (network === null) return;
    const { count: all } = countOfNetwork.get(network, unfinished) as { count: number };
    if (all >= max * VISITORS_OF_NETWORK) throw new TobiishiError('too-busy', `${all} unfinished runs of one network`);
  }
}

/** How far the rows from `from` on can be written at once, which takes some ten milliseconds; `rows.length`: all of them. */
function biteOf(rows: readonly string[], from: number): { readonly to: number; readonly characters: number } {
  let characters = 0;
  let to = from;
  while (to < rows.length && to - from < BITE_ROWS && characters < BITE_CHARACTERS) {
    characters += rows[to]?.length ?? 0;
    to += 1;
  }
  return { to, characters };
}

/**
 * Deletes as much as the bite has left, but for the last record, which may be larger. Answers how many records. Few are listed at
 * first: of each, SQLite reads all to compare its key.
 */
function take(bite: { records: number; bytes: number }, { list, remove }: Doomed, ...more: number[]): number {
  const before = bite.records;
  for (let most = 1, isAll = false; !isAll && bite.records > 0 && bite.bytes > 0; most *= 4) {
    const limit = Math.min(most, bite.records);
    const listed = list.all(limit, ...more) as { a: unknown; b: unknown; bytes: number }[];
    for (const { a, b, bytes } of listed) {
      if (bite.bytes <= 0) break;
      remove.run(a, b);
      bite.records -= 1;
      bite.bytes -= bytes;
    }
    isAll = listed.length < limit;
  }
  return before - bite.records;
}

/** With its input, which is joined to it. */
function wholeRun(record: DatabaseRecord): Run {
  return withInput(RUN.read(record), JSON.parse(String(record['input'])));
}

function toLines(record: unknown): RowLines {
  const { last, lines } = record as RowLines;
  return { last, lines };
}

/** None is missing, so that the last one's number says those of all. */
function toRows(read: RowLines | null): RecordedRow[] {
  if (read === null) return [];
  const rows = parseRows(read);
  return rows.map((row, i) => ({ number: read.last - rows.length + 1 + i, row }));
}
