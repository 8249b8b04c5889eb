/** What a row is to a run: not had before by an earlier run of the watch, had with other cells, or had as it is. */
export type Seen = 'new' | 'changed' | 'same';

/** A row as a watch remembers it. */
export interface SeenRow {
  /** What it is known by: a hash. */
  readonly key: string;
  /** What is in it: a hash. */
  readonly content: string;
  /** A few words by which people know it: for what is gone. */
  readonly label: string;
  /** The row as JSON, for the feed of what is new; null when it is too long for that. */
  readonly row: string | null;
}

/** The runs of one visitor that watch the same thing. `id` is a secret, made of both. */
export interface Watch {
  readonly id: string;
  readonly visitorId: string;
}

/** What a feed shows of one row. */
export interface FeedRow {
  readonly key: string;
  /** As JSON. */
  readonly row: string;
  /** When it was first seen, in ms since 1970. */
  readonly firstAt: number;
}

export interface Feed {
  readonly watchId: string;
  readonly jobName: string;
  readonly updatedAt: number;
  /** Newest first; those of one page in their order. */
  readonly rows: readonly FeedRow[];
}

export interface GoneRows {
  readonly count: number;
  /** Of the first. */
  readonly labels: readonly string[];
}

/** Of one visitor; the one that was longest without a run makes room for another. */
export const MOST_WATCHES = 10;
/** Of one watch; more are not remembered, and are new each time. */
export const MOST_SEEN_ROWS = 20_000;
/** So many of the newest rows are kept whole. */
export const MOST_FEED_ROWS = 100;
/** How many runs a watch knows by their number; an older one counts as a new one. */
export const MOST_WATCH_RUNS = 100;
export const MOST_GONE_LABELS = 100;

/** What rows the runs of watches have had. Each method is one short transaction. */
export interface WatchStore {
  /**
   * Notes the rows as had by the run, and answers what they are to it, by key; the same again when it is asked again. Keys
   * must differ. What cannot be remembered is left out of the answer.
   */
  see(watch: Watch, jobName: string, runId: string, rows: readonly SeenRow[]): Promise<ReadonlyMap<string, Seen>>;
  /** As `see`, but notes nothing: what is not known is left out. */
  look(watch: Watch, runId: string, rows: readonly SeenRow[]): Promise<ReadonlyMap<string, Seen>>;
  /** What the run before this one had, and this one has not; null when this run has not seen anything. */
  gone(watchId: string, runId: string): Promise<GoneRows | null>;
  /** The token of the watch's feed; null when it has none, or there is no such watch. */
  feedToken(watchId: string): Promise<string | null>;
  setFeedToken(watchId: string, token: string | null): Promise<void>;
  /** At most `limit` rows; null when no feed has the token. */
  findFeed(token: string, limit: number): Promise<Feed | null>;
  removeAll(visitorId: string): Promise<void>;
  /** Deletes what had no run for `ttlMs`. True when more is left. */
  sweep(ttlMs: number, limit: number): Promise<boolean>;
}

/** A row of a watch as a store has it. */
export interface KeptRow {
  readonly key: string;
  /** Of the run that had it first, and of the one that had it last. */
  readonly firstNumber: number;
  readonly lastNumber: number;
  readonly content: string;
  /** The content before the run that had it last; null when that was the first. */
  readonly before: string | null;
}

/** What rows are to the run with that number, of those that are kept, as they are after it has seen them or before. */
export function seenAnswers(
  number: number,
  rows: readonly SeenRow[],
  kept: readonly KeptRow[],
): ReadonlyMap<string, Seen> {
  const contents = new Map(rows.map(({ key, content }) => [key, content]));
  return new Map(kept.map((row) => [row.key, seenBy(number, row, contents.get(row.key) ?? '')]));
}

function seenBy(number: number, row: KeptRow, content: string): Seen {
  if (row.firstNumber === number) return 'new';
  const former = row.lastNumber === number ? row.before : row.content;
  return former === content ? 'same' : 'changed';
}
