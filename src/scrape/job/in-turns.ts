import { type AddressLine, addressesOf, countOf } from '../read/addresses.js';

/** So few are planned at once, and come in the order in which they are named. */
const FEW = 500;

/**
 * The addresses of `lines`. Of many, the first `limit`, which are those that a run opens, come from each host in turn: a long
 * plan is kept a few hundred steps at a time, and each host is to have some of them.
 */
export function* inTurns(lines: readonly AddressLine[], limit: number): Generator<string> {
  const count = lines.reduce((sum, line) => sum + countOf(line), 0);
  if (Math.min(count, limit) <= FEW) return yield* chained(lines.map(addressesOf));
  const hosts = new Map<string, Iterable<string>[]>();
  let left = limit;
  let place = 0;
  let cut: Iterator<string> | null = null;
  for (; place < lines.length && left > 0; place += 1) {
    const line = lines[place] as AddressLine;
    const host = hostOf(line);
    cut = addressesOf(line);
    const queue = hosts.get(host);
    if (queue === undefined) hosts.set(host, [upTo(cut, left)]);
    else queue.push(upTo(cut, left));
    left -= countOf(line);
  }
  yield* alternating([...hosts.values()].map(chained));
  // What the limit cuts off is still counted.
  if (cut !== null) yield* upTo(cut, Number.POSITIVE_INFINITY);
  for (const line of lines.slice(place)) yield* addressesOf(line);
}

/** What tells hosts apart; a range in a host's name makes it many. */
function hostOf(line: AddressLine): string {
  const text = typeof line === 'string' ? line : (line.texts[0] ?? '');
  return /^https?:\/\/([^/?#]+)[/?#]/i.exec(text)?.[1]?.toLowerCase() ?? text;
}

/** As many as are wanted; the others stay where they are. */
function* upTo<T>(items: Iterator<T>, most: number): Generator<T> {
  for (let taken = 0; taken < most; taken += 1) {
    const next = items.next();
    if (next.done) return;
    yield next.value;
  }
}

function* chained<T>(lists: Iterable<Iterable<T>>): Generator<T> {
  for (const list of lists) yield* list;
}

function* alternating<T>(queues: readonly Generator<T>[]): Generator<T> {
  for (let rest = queues; rest.length > 0; ) {
    const more: Generator<T>[] = [];
    for (const queue of rest) {
      const { done, value } = queue.next();
      if (done) continue;
      yield value;
      more.push(queue);
    }
    rest = more;
  }
}
