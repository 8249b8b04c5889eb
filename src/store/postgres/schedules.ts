import type { Clock } from '../../core/clock.js';
import {
  MOST_SCHEDULES,
  type NewSchedule,
  type Schedule,
  type ScheduleStore,
  type SettledSchedule,
} from '../../core/schedules.js';
import { type Column, SCHEDULE } from '../columns.js';
import type { Database } from './database.js';
import { newSchedule } from './records.js';
import { now, records, sql } from './statements.js';

const added = ({ field, name }: Column) => (field === 'createdAt' ? now(2) : `new.${name}`);
/** $1 is the schedule as JSON. */
const add = sql(
  'add-schedule',
  `INSERT INTO tobiishi.schedules (${SCHEDULE.names})
  SELECT ${SCHEDULE.all.map(added).join(', ')} FROM ${records(1, 'schedules')} AS new
  WHERE (SELECT count(*) FROM tobiishi.schedules WHERE visitor_id = new.visitor_id) < ${MOST_SCHEDULES}`,
);
const list = sql(
  'list-schedules',
  'SELECT * FROM tobiishi.schedules WHERE visitor_id = $1 ORDER BY created_at DESC, id',
);
const listAll = sql('list-all-schedules', 'SELECT * FROM tobiishi.schedules ORDER BY created_at DESC, id LIMIT $1');
const find = sql('find-schedule', 'SELECT * FROM tobiishi.schedules WHERE id = $1');
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
    const added: Schedule = { ...schedule, isPaused: false, lastRunId: null, problem: null, createdAt: 0 };
    return (await this.database.query(add, [newSchedule(added), this.#now])).rowCount === 1;
  }

  async list(visitorId: string): Promise<Schedule[]> {
    return (await this.database.query(list, [visitorId])).rows.map((record) => SCHEDULE.read(record));
  }

  async listAll(limit: number): Promise<Schedule[]> {
    return (await this.database.query(listAll, [limit])).rows.map((record) => SCHEDULE.read(record));
  }

  async find(id: string): Promise<Schedule | null> {
    const [record] = (await this.database.query(find, [id])).rows;
    return record === undefined ? null : SCHEDULE.read(record);
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
