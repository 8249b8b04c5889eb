import type { Job } from '../../core/job.js';
import type { Finding } from '../../core/preview.js';
import { isUnfinished, type Run } from '../../core/run.js';
import { LEFT_OUT_ROWS } from '../../engine/outcome-limits.js';
import type { Words } from '../../http/words.js';
import { findingText } from '../job/texts.js';
import { bytesOnPage, clipBytes } from './page-bytes.js';

const SHOWN_WARNINGS = 8;
const WARNING_BYTES = 300;
const MARKUP_BYTES = 20;

/** What the job has to say of a run that is over, or of what there is of one that failed. */
export function warningsOf(job: Job | undefined, run: Run): readonly Finding[] {
  const hasPart = run.status === 'failed' && run.rowCount > 0;
  if (job === undefined || (isUnfinished(run) && !hasPart)) return [];
  const count = run.stats[LEFT_OUT_ROWS] ?? 0;
  const leftOut = { code: 'left-out-rows', message: `${count} rows were left out`, params: { count }, isWarning: true };
  return [...(count > 0 ? [leftOut] : []), ...job.warnings(run, run.input)];
}

export function warningText(words: Words, job: string, warning: Finding): string {
  return findingText(words, job, 'warnings', warning);
}

export function warningTexts(words: Words, job: Job | undefined, run: Run) {
  const shown = warningsOf(job, run)
    .slice(0, SHOWN_WARNINGS)
    .map((warning) => {
      const text = clipBytes(warningText(words, run.job, warning), WARNING_BYTES);
      return { text, hasButton: warning.action === 'retry-failed' };
    });
  const bytes = shown.reduce((sum, { text }) => sum + bytesOnPage(text) + MARKUP_BYTES, 0);
  return { shown, hasButton: shown.some(({ hasButton }) => hasButton), bytes };
}
