import type { Mend } from '../../core/preview.js';
import type { Words } from '../../http/words.js';
import { mending } from './chosen-lines.js';
import { ownText } from './texts.js';

/** One press that mends a field. */
export type ShownMend = ReturnType<typeof shownMend>;

export function shownMend(words: Words, job: string, mend: Mend) {
  const { code, message, value, line, count, of } = mend;
  const params = { ...mend.params, value, ...(line !== null && { line }) };
  const before = mend.params['before'];
  const found = count === null ? '' : words.t(of === null ? 'mends.found' : 'mends.foundIn', { count, rows: of ?? 0 });
  return {
    button: { name: mending(mend), value },
    /** What the button says; of a line that goes, its name. */
    text: value === '' ? words.t('mends.leaveOut', { text: mend.params['text'] }) : null,
    value,
    reason: ownText(words, job, `mends.${code}`, message, params),
    found: found !== '' && before !== '' && before !== 0 ? words.t('mends.instead', { found, before }) : found,
  };
}

export function mendsByField(words: Words, job: string, mends: readonly Mend[]): Map<string, readonly ShownMend[]> {
  const byField = new Map<string, readonly ShownMend[]>();
  for (const mend of mends) byField.set(mend.field, [...(byField.get(mend.field) ?? []), shownMend(words, job, mend)]);
  return byField;
}
