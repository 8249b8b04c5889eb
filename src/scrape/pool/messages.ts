import type { Failure } from '../../index.js';
import type { TaskName } from './tasks.js';

/** What a worker is asked to do. It does one thing after the other. */
export interface Request {
  readonly name: TaskName;
  readonly args: readonly unknown[];
}

/** `ready` comes once, before all others; then one of the others for each request. */
export type Reply =
  | { readonly type: 'ready'; readonly threadId: string | null }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'failure'; readonly failure: Failure; readonly retry: boolean }
  | { readonly type: 'error'; readonly error: unknown };
