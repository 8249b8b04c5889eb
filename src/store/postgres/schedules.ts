import type { Clock } from '../../core/clock.js';
import {
  MOST_SCHEDULES,
  type NewSchedule,
  type Schedule,
  type ScheduleStore,
  type SettledSchedule,
} from '../../core/schedules.js';
import { SCHEDULE } from '../columns.js';
import type { Database } from './database.js';
import { now, sql } from './statements.js';

const add = sql(
  'add-schedule',
  `INSERT INTO tobiishi.schedules
    (id, visitor_id, network, job, version, input, name, cron, time_zone, next_at, is_paused, created_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false, ${now(11)}
  WHERE (SELECT count(*) FROM tobiishi.schedules WHERE visitor_id = $2) < ${MOST_SCHEDULES}`,
);
const list = sql(
  'list-schedules',
  'SELECT * FROM tobiishi.schedules WHERE visitor_id = $1 ORDER BY created_at DESC, id',
);
const listDue = sql(
  'list-due-schedules',
  `SELECT * FROM tobiishi.schedules WHERE next_at <= ${now(1)} ORDER BY next_at LIMIT $2`,
);
const settle = sql(
  'settle-schedule',
  `UPDATE tobiishi.schedules SET next_at = $3, last_run_id = $4, problem = $5
  WHERE id = $1 AND next_at = $2 AND NOT is_paused`,
);
const reschedule = sql(
  'reschedule',
  'UPDATE tobiishi.schedules SET next_at = $3::bigint, is_paused = $3::bigint IS NULL WHERE visitor_id = $1 AND id = $2',
);
const remove = sql('remove-schedule', 'DELETE FROM tobiishi.schedules WHERE visitor_id = $1 AND id = $2');
const removeAll = sql('remove-schedules', 'DELETE FROM tobiishi.schedules WHERE visitor_id = $1');

/** For every process of the database. `clock`: for tests, instead of the database's. */
export class PostgresSchedules implements ScheduleStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock | null = null,
  ) {}

  async add(schedule: NewSchedule): Promise<boolean> {
    const { id, visitorId, network, job, version, input, name, cron, timeZone, nextAt } = schedule;
    const values = [
      id,
      visitorId,
      network,
      job,
      version,
      JSON.stringify(input),
      name,
      cron,
      timeZone,
      nextAt,
      this.#now,
    ];
    return (await this.database.query(add, values)).rowCount === 1;
  }

  async list(visitorId: string): Promise<Schedule[]> {
    return (await this.database.query(list, [visitorId])).rows.map((record) => SCHEDULE.read(record));
  }

  async listDue(limit: number): Promise<Schedule[]> {
    return (await this.database.query(listDue, [this.#now, limit])).rows.map((record) => SCHEDULE.read(record));
  }

  async settle(id: string, dueAt: number, { nextAt, lastRunId, problem }: SettledSchedule): Promise<boolean> {
    return (await this.database.query(settle, [id, dueAt, nextAt, lastRunId, problem])).rowCount === 1;
  }

  async reschedule(visitorId: string, id: string, nextAt: number | null): Promise<void> {
    await this.database.query(reschedule, [visitorId, id, nextAt]);
  }

  async remove(visitorId: string, id: string): Promise<void> {
    await this.database.query(remove, [visitorId, id]);
  }

  async removeAll(visitorId: string): Promise<void> {
    await this.database.query(removeAll, [visitorId]);
  }

  get #now(): number | null {
    return this.clock?.now() ?? null;
  }
}
