import type { RunAction } from '../../core/run.js';

/** In the order of their buttons: pausing comes first, because the page moves on by itself. */
export const RUN_ACTIONS = ['pause', 'resume', 'retry', 'skip', 'cancel'] as const satisfies readonly RunAction[];

/** What cannot be taken back: asked about first, on a page of its own. Each is a key of `ask` in `locales/`. */
export const CONFIRMED_ACTIONS = ['cancel', 'skip', 'unshare', 'delete'] as const;
export type ConfirmedAction = (typeof CONFIRMED_ACTIONS)[number];
