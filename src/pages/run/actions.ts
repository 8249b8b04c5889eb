import type { RunAction } from '../../core/run.js';

/** In the order of their buttons: pausing comes first, because the page moves on by itself. */
export const RUN_ACTIONS = ['pause', 'resume', 'retry', 'skip', 'cancel'] as const satisfies readonly RunAction[];
