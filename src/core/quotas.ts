/** How many bytes may be kept of runs (`Run.bytes`). */
export interface Quotas {
  readonly visitorBytes: number;
  /** Of all visitors of one network. */
  readonly networkBytes: number;
  readonly allBytes: number;
}

/** The disk on which the store is. */
export interface Disk {
  /** Whether so little of it is free that nothing new should start. */
  isLow(): Promise<boolean>;
}

/** Whose runs are meant: everybody's, when it says nothing. */
export interface KeptOf {
  readonly visitorId?: string;
  readonly network?: string;
}
