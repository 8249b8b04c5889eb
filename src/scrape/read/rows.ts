import { StepError } from '../../index.js';
import { MAX_ROWS } from './page-document.js';

export function tooManyRows(): StepError {
  const message = `the page has more than ${MAX_ROWS} rows: choose a narrower row selector`;
  return new StepError('too-many-rows', message, { params: { max: MAX_ROWS }, retry: false });
}
