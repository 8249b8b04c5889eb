/** `tobiishi/testing`: for those who write a job or a store. */
export { uploadFrom } from '../core/upload.js';
export { FrozenClock, settled } from './frozen-clock.js';
export { type Execution, type JobRun, previewJob, type RunJobOptions, runJob } from './run-job.js';
export { SkippingClock } from './skipping-clock.js';
export { storeContract } from './store-contract/index.js';
