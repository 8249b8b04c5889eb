import type { MessageParams } from '../../index.js';

/** What is wrong in a text field, and where: a code to translate by, and English. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** From 1. */
  readonly line: number;
  readonly params: MessageParams;
}
