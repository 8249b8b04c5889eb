import type { Clock } from '../../core/clock.js';
import {
  MOST_SCHEDULES,
  type NewSchedule,
  type Schedule,
  type ScheduleStore,
  type SettledSchedule,
} from '../../core/schedules.js';
import { type DatabaseRecord, plainText, SCHEDULE, toColumn } from '../columns.js';
import { type SqliteDatabase, transaction } from './database.js';

/** In the same SQLite file as the runs. */
export class SqliteSchedules implements ScheduleStore {
  readonly #sql;

  constructor(
    private readonly db: SqliteDatabase,
    private readonly clock: Clock,
  ) {
    const places = SCHEDULE.all.map(() => '?').join(', ');
    this.#sql = {
      count: db.prepare('SELECT count(*) AS count FROM schedules WHERE visitor_id = ?'),
      add: db.prepare(`INSERT INTO schedules (${SCHEDULE.names}) VALUES (${places})`),
      list: db.prepare('SELECT * FROM schedules WHERE visitor_id = ? ORDER BY created_at DESC, id'),
      listAll: db.prepare('SELECT * FROM schedules ORDER BY created_at DESC, id LIMIT ?'),
      find: db.prepare('SELECT * FROM schedules WHERE id = ?'),
      listDue: db.prepare('SELECT * FROM schedules WHERE next_at <= ? ORDER BY next_at LIMIT ?'),
      settle: db.prepare(
        'UPDATE schedules SET next_at = ?, last_run_id = ?, problem = ? WHERE id = ? AND next_at = ? AND NOT is_paused',
      ),
      reschedule: db.prepare('UPDATE schedules SET next_at = ?, is_paused = ? WHERE visitor_id = ? AND id = ?'),
      remove: db.prepare('DELETE FROM schedules WHERE visitor_id = ? AND id = ?'),
      removeAll: db.prepare('DELETE FROM schedules WHERE visitor_id = ?'),
    };
  }

  async add(schedule: NewSchedule): Promise<boolean> {
    const added: Schedule = {
      ...schedule,
      isPaused: false,
      lastRunId: null,
      problem: null,
      createdAt: this.clock.now(),
    };
    return transaction(this.db, () => {
      const { count } = this.#sql.count.get(schedule.visitorId) as { count: number };
      if (count >= MOST_SCHEDULES) return false;
      const values = SCHEDULE.all.map((column) => toColumn(added, column));
      this.#sql.add.run(...values.map((value) => (typeof value === 'boolean' ? Number(value) : value)));
      return true;
    });
  }

  async list(visitorId: string): Promise<Schedule[]> {
    return (this.#sql.list.all(visitorId) as DatabaseRecord[]).map((record) => SCHEDULE.read(record));
  }

  async listAll(limit: number): Promise<Schedule[]> {
    return (this.#sql.listAll.all(limit) as DatabaseRecord[]).map((record) => SCHEDULE.read(record));
  }

  async find(id: string): Promise<Schedule | null> {
    const record = this.#sql.find.get(plainText(id)) as DatabaseRecord | undefined;
    return record === undefined ? null : SCHEDULE.read(record);
  }

  async listDue(limit: number): Promise<Schedule[]> {
    return (this.#sql.listDue.all(this.clock.now(), limit) as DatabaseRecord[]).map((record) => SCHEDULE.read(record));
  }

  async settle(id: string, dueAt: number, { nextAt, lastRunId, problem }: SettledSchedule): Promise<boolean> {
    return transaction(this.db, () => this.#sql.settle.run(nextAt, lastRunId, problem, id, dueAt).changes === 1);
  }

  async reschedule(visitorId: string, id: string, nextAt: number | null): Promise<void> {
    transaction(this.db, () => this.#sql.reschedule.run(nextAt, Number(nextAt === null), visitorId, plainText(id)));
  }

  async remove(visitorId: string, id: string): Promise<void> {
    transaction(this.db, () => this.#sql.remove.run(visitorId, plainText(id)));
  }

  async removeAll(visitorId: string): Promise<void> {
    transaction(this.db, () => this.#sql.removeAll.run(visitorId));
  }
}
