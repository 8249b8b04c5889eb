/** What is not written as it stands: markup, and whatever takes more than one byte. */
const SPECIAL = /[&<>"'\u0080-\uffff]/;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

/** As text or an attribute's value, in bytes. Empty for what is absent. */
export function escapeHtml(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = String(value);
  // Mostly there is nothing to escape, which is seen much sooner than escaped.
  return SPECIAL.test(text) ? asBytes(text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')) : text;
}

/**
 * A text's bytes in UTF-8, each as a character, to be sent as `latin1`. A page of such characters takes half the memory, and is
 * sent as it stands; of others each page would be encoded anew, though most of it never changes.
 */
export function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
