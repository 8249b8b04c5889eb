import type { Failure } from '../../core/errors.js';
import type { Finding } from '../../core/preview.js';

export function finding(code: string, message: string, params: Failure['params'], isWarning = false): Finding {
  return { code, message, params, isWarning };
}
