/** The library's door. Light: what serves requests is loaded only when it is asked for. */
export { type Clock, systemClock } from './core/clock.js';
export { type Failure, type MessageParams, StepError } from './core/errors.js';
export { defineJob, type Job, type JobDefinition, type StepContext } from './core/job.js';
export type { Finding, Preview } from './core/preview.js';
export type { Item, Json, Outcome, Row } from './core/step.js';
export { isUpload, type Upload } from './core/upload.js';
