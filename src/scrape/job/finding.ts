import type { Failure, Finding } from '../../index.js';

export function finding(code: string, message: string, params: Failure['params'], isWarning = false): Finding {
  return { code, message, params, isWarning };
}
