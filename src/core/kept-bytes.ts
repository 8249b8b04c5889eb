/** About how many bytes a store needs for what it keeps: its texts in UTF-8, and what is always around them. */
import type { Json, StepRecord } from './step.js';

/** A run's record and its places in the indexes. */
export const RUN_BYTES = 1000;
/** Likewise for a step. */
const STEP_BYTES = 200;

export function jsonBytes(value: Json | Readonly<Record<string, Json>>): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Of steps that are to be added. */
export function bytesOf(steps: readonly StepRecord[]): number {
  return steps.reduce((sum, { item, key, lane }) => {
    // The key stands in an index, too, and the lane in two.
    return sum + STEP_BYTES + jsonBytes(item) + 2 * Buffer.byteLength(key ?? '') + 3 * Buffer.byteLength(lane);
  }, 0);
}

export function textBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
