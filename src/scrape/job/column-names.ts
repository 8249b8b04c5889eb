/** Says of each row whether earlier runs had it, where all rows are kept. */
export const CHANGE_COLUMN = 'change';

/** Of columns, with commas in between. */
export function namesIn(text: string): readonly string[] {
  return text
    .split(/[,、，\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
