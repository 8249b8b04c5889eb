import type { Failure } from './errors.js';
import type { Run, RunState } from './run.js';
import type { Step } from './step.js';

/** A step was recorded, in a run that is now as `run` says. */
export interface StepRecorded {
  readonly run: RunState;
  readonly step: Step;
  readonly status: 'done' | 'failed';
  /** How long its last attempt took, in milliseconds. */
  readonly tookMs: number;
}

/** An attempt failed. What it threw may hold what the visitor typed: it is for the operator alone. */
export interface StepFailed {
  readonly run: RunState;
  readonly step: Step;
  readonly failure: Failure;
  /** As it was thrown. */
  readonly thrown: unknown;
  /** `retry`: it is tried again; `record`: it is recorded as failed; `give-up`: the run stops at it. */
  readonly next: 'retry' | 'record' | 'give-up';
}

/** Another process took the run over, or it was cancelled or deleted: what was at work here is thrown away. */
export interface ClaimLost {
  readonly run: RunState;
}

/** Something went wrong that nobody was there to be told of. */
export interface Fault {
  /** Null when it is about no run. */
  readonly runId: string | null;
  /** `slice`: steps could not be recorded; `plan`: no more of them made; `renew`: a lease; `hook`: `onDone` or `onFailed` of a job threw. */
  readonly during:
    | 'slice'
    | 'plan'
    | 'renew'
    | 'release'
    | 'hook'
    | 'background'
    | 'queue'
    | 'schedules'
    | 'webhooks'
    | 'observer';
  readonly error: unknown;
}

/**
 * Hears what happens to runs in this process, after it is in the store. Nothing waits for an observer, and one that throws is
 * reported to the others as a `fault`.
 */
export interface Observer {
  runStarted?(event: { readonly run: Run }): void;
  stepRecorded?(event: StepRecorded): void;
  stepFailed?(event: StepFailed): void;
  claimLost?(event: ClaimLost): void;
  /** The run is `done`, `cancelled`, or `failed`, which a visitor may still let go on. */
  runEnded?(event: { readonly run: Run }): void;
  fault?(event: Fault): void;
}

type EventName = keyof Observer;
type EventOf<N extends EventName> = Parameters<NonNullable<Observer[N]>>[0];

/** Tells every observer of an event. */
export type Notify = <N extends EventName>(name: N, event: EventOf<N>) => void;

export function notifier(observers: readonly Observer[]): Notify {
  const notify: Notify = (name, event) => {
    for (const observer of observers) tell(observer, name, event);
  };
  const tell = <N extends EventName>(observer: Observer, name: N, event: EventOf<N>) => {
    // One that reports its own fault could do so for ever.
    const failed = (error: unknown) => {
      if (name !== 'fault') notify('fault', { runId: null, during: 'observer', error });
    };
    try {
      const told: unknown = (observer[name] as ((event: EventOf<N>) => unknown) | undefined)?.(event);
      // Written as an async function, it fails later.
      if (told instanceof Promise) told.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
  return notify;
}
