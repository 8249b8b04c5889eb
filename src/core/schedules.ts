import type { Run } from './run.js';

/** A run that is started again and again, with what the first one was given. */
export interface Schedule
  extends Pick<Run, 'id' | 'visitorId' | 'network' | 'job' | 'version' | 'input' | 'name' | 'createdAt'> {
  /** Five fields of cron. */
  readonly cron: string;
  /** In which they are read: `Asia/Tokyo`. */
  readonly timeZone: string;
  readonly isPaused: boolean;
  /** In ms since 1970; null when no time is left, or while it is paused. */
  readonly nextAt: number | null;
  readonly lastRunId: string | null;
  /** Why the last one could not be started: a code of errors; null when it was. */
  readonly problem: string | null;
}

export interface NewSchedule extends Omit<Schedule, 'createdAt' | 'isPaused' | 'lastRunId' | 'problem'> {}

/** What became of a time that was due. */
export interface SettledSchedule extends Pick<Schedule, 'nextAt' | 'lastRunId' | 'problem'> {}

/** Of one visitor. */
export const MOST_SCHEDULES = 20;

export interface ScheduleStore {
  /** False when the visitor has `MOST_SCHEDULES` already. */
  add(schedule: NewSchedule): Promise<boolean>;
  /** The visitor's, newest first. */
  list(visitorId: string): Promise<Schedule[]>;
  /** Everybody's, likewise. For whoever has the database. */
  listAll(limit: number): Promise<Schedule[]>;
  /** Likewise. */
  find(id: string): Promise<Schedule | null>;
  /** Those whose time has come, longest ago first. */
  listDue(limit: number): Promise<Schedule[]>;
  /** Only while `dueAt` is still its next time: several processes may look after it. */
  settle(id: string, dueAt: number, settled: SettledSchedule): Promise<boolean>;
  /** Pauses it when `nextAt` is null, or lets it go on from then. */
  reschedule(visitorId: string, id: string, nextAt: number | null): Promise<void>;
  remove(visitorId: string, id: string): Promise<void>;
  removeAll(visitorId: string): Promise<void>;
}
