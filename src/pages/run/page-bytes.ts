/** How many bytes a text takes on a page, where it is escaped. */
export function bytesOnPage(text: string): number {
  const escaped = text.match(/[&<>"']/g)?.length ?? 0;
  return Buffer.byteLength(text) + escaped * '&amp;'.length;
}

/** By code points, so that no emoji is cut in half. */
export function clipBytes(text: string, bytes: number): string {
  // A character takes at least one byte: the rest of a long text need not be looked at.
  const head = text.slice(0, bytes);
  if (head.length === text.length && bytesOnPage(text) <= bytes) return text;
  let room = bytes - bytesOnPage('…');
  let clipped = '';
  for (const character of head) {
    room -= bytesOnPage(character);
    if (room < 0) break;
    clipped += character;
  }
  return `${clipped.trimEnd()}…`;
}

/** As many of the first `items` as fit into `room` bytes, at least one, and the bytes that they take. */
export function fitting<T>(items: readonly T[], room: number, bytesOf: (item: T) => number) {
  const shown: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const more = bytesOf(item);
    if (shown.length > 0 && bytes + more > room) break;
    shown.push(item);
    bytes += more;
  }
  return { shown, bytes };
}
