/** What asks other people's hosts on behalf of a visitor. */
export type LoggedKind = 'run' | 'preview' | 'proposal';

/** Who had something done: what an operator needs to answer a complaint. */
export interface LoggedAction {
  /** The run's; a random one for what is no run. */
  readonly id: string;
  readonly kind: LoggedKind;
  readonly job: string;
  /** Null for somebody without a session. */
  readonly visitorId: string | null;
  /** The IP address; null when there is none, as in a terminal. */
  readonly address: string | null;
}

export interface AskedHost {
  /** A name, an address or a network, without port. */
  readonly host: string;
  /** In ms since 1970, like all times here. */
  readonly firstAt: number;
  /** To within some minutes. */
  readonly lastAt: number;
}

export interface LogEntry extends LoggedAction {
  readonly at: number;
  readonly hostCount: number;
  /** Those that were searched for first, then in the order in which they were asked: `SHOWN_HOSTS` at most. */
  readonly hosts: readonly AskedHost[];
}

export const SHOWN_HOSTS = 10;

/** What entries are searched for; null matches every one. */
export interface LogFilter {
  readonly id: string | null;
  readonly visitorId: string | null;
  /** An address, or how it begins where it ends with `.` or `:`. */
  readonly address: string | null;
  /** A host that was asked, or one below it. */
  readonly host: string | null;
}

/** Who had which hosts asked. It is kept for its own days, also when the run is deleted. */
export interface AbuseLog {
  /** Nothing happens when there is one with this id. */
  add(action: LoggedAction): Promise<void>;
  /** A host was asked for the action with this id. */
  addHost(id: string, host: string): Promise<void>;
  /** Deletes those entries of a visitor that have no host: nobody can complain of them. */
  forgetIdle(visitorId: string): Promise<void>;
  /** Newest first. */
  search(filter: LogFilter, limit: number): Promise<LogEntry[]>;
  /** Deletes what is older than `keptMs`, at most `limit` records of each kind. True when more is left. */
  sweep(keptMs: number, limit: number): Promise<boolean>;
}
