/** How much there is of something now, for the operator's page and for Prometheus. */
export interface LoadFigure {
  /** At `/metrics` with `tobiishi_` before it; `_total` at its end: it only grows while the process lives. */
  readonly name: string;
  /** Which of several it is. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** What it may be at most; null where nothing limits it. */
  readonly most: number | null;
  readonly unit: 'count' | 'bytes';
}
