import type { Attack } from '../attack.js';
import { ANSWER_ATTACKS } from './answers.js';
import { CONNECTION_ATTACKS } from './connections.js';
import { PAGE_ATTACKS } from './pages.js';
import { RESULT_ATTACKS } from './results.js';
import { SLOT_ATTACKS } from './slots.js';

export const ATTACKS: readonly Attack[] = [
  ...PAGE_ATTACKS,
  ...ANSWER_ATTACKS,
  ...CONNECTION_ATTACKS,
  ...SLOT_ATTACKS,
  ...RESULT_ATTACKS,
];
