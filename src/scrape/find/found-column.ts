import type { CellSelector } from './column-selector.js';
import type { Field } from './fields.js';
import type { CellKind } from './kinds.js';
import type { Row } from './lists.js';
import { sampleOf } from './sample.js';

/** A column that may be taken from the rows. */
export interface FoundColumn {
  readonly field: Field;
  readonly cell: CellSelector;
  /** As the columns' syntax has it: `text`, `text-own`, `text-after` or an attribute. */
  readonly attribute: string;
  readonly kind: CellKind;
  /** One for each row; empty where it has none. */
  readonly values: readonly string[];
  readonly isChosen: boolean;
}

const SAMPLED_ROWS = 24;

/** The rows that fields are made of. */
export function sampledRows(rows: readonly Row[]): readonly Row[] {
  return sampleOf(rows, SAMPLED_ROWS);
}
