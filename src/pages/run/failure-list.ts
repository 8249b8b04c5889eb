import type { Job } from '../../core/job.js';
import type { Run } from '../../core/run.js';
import type { Step } from '../../core/step.js';
import type { Words } from '../../http/words.js';
import { failureText } from '../job/texts.js';
import { bytesOnPage, clipBytes, fitting } from './page-bytes.js';

const FAILURE_MARKUP_BYTES = 130;

/** Fits into `bytes`: a few failures are shown whole, many are cut short. */
export function failureList(words: Words, job: Job | undefined, run: Run, failures: readonly Step[], bytes: number) {
  const share = bytes / Math.max(1, failures.length) - FAILURE_MARKUP_BYTES;
  const room = Math.min(500, Math.max(100, Math.floor(share)));
  const all = failures.map(({ item, status, attempts, failure }) => ({
    status,
    item: clipBytes(job?.describe(item, run.input) || JSON.stringify(item), room),
    attempts,
    failure: failure ? clipBytes(failureText(words, run.job, failure), 200) : '',
  }));
  return fitting(all, bytes, ({ item, failure }) => FAILURE_MARKUP_BYTES + bytesOnPage(item) + bytesOnPage(failure))
    .shown;
}

/** Whether asking again may help: what cannot change was not asked for again in its run either. */
export function mayPassNow({ status, attempts }: Pick<Step, 'status' | 'attempts'>): boolean {
  return status === 'failed' && attempts > 1;
}
