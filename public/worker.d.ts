/** What the server puts before the service worker: see `src/pages/service-worker.ts`. */
declare const PATHS: {
  readonly home: string;
  /** The folder of the runs. */
  readonly runs: string;
  /** The name of this mount's cache. */
  readonly cache: string;
};

declare const SETTINGS: {
  /** How long the worker waits for a run's page the first time. */
  readonly patienceMs: number;
  readonly style: string;
  /** Our mark, as an SVG element. */
  readonly mark: string;
  /** The texts of its page, by language. */
  readonly words: Readonly<Record<string, AwayWords>>;
};

interface AwayWords {
  readonly language: string;
  readonly name: string;
  readonly choose: string;
  readonly site: string;
  readonly home: string;
  readonly title: string;
  readonly again: string;
  readonly sawStatus: string;
  readonly sawBreak: string;
  readonly sawOffline: string;
  readonly sawNothing: string;
  readonly safe: string;
  readonly safeAt: string;
  readonly now: string;
  readonly stop: string;
  readonly stopped: string;
}
