/** A run's steps as the first version of the schema kept them. */
export const OLDER_STEPS = [
  { position: 1, lane: 'a', line: 1, status: 'done', attempts: 1, taken_epoch: 1, seq: 1 },
  { position: 2, lane: 'a', line: 2, status: 'waiting', attempts: 0, taken_epoch: 0, seq: null },
  { position: 3, lane: 'a', line: 3, status: 'waiting', attempts: 0, taken_epoch: 0, seq: null },
  // Moved to the end of its line, behind the next one.
  { position: 4, lane: 'b', line: 9, status: 'waiting', attempts: 1, taken_epoch: 0, seq: null },
  { position: 5, lane: 'b', line: 5, status: 'waiting', attempts: 0, taken_epoch: 0, seq: null },
  // At work when the process died.
  { position: 6, lane: 'c', line: 6, status: 'waiting', attempts: 1, taken_epoch: 1, seq: null },
] as const;

/** What is handed out of them, with the attempt. */
export const OLDER_HEADS = [
  [2, 1],
  [5, 1],
  [6, 2],
];
