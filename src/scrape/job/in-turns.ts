import { type AddressLine, addressesOf, countOf } from '../read/addresses.js';

/** So few are planned at once, and come in the order in which they are named. */
const FEW = 500;

/**
 * The addresses of `lines`. Of many, the first `limit`, which are those that a run opens, come from each host in turn: a long
 * plan is kept a few hundred steps at a time, and each host is to have some of them.
 */
export function* inTurns(lines: readonly AddressLine[], limit: number): Generator<string> {
  const count = lines.reduce((sum, line) => sum + countOf(line), 0);
  if (Math.min(count, limit) <= FEW) return yield* all(lines);
  const { first, following, place, room } = byHost(lines, limit);
  // Of the last line, only so many: what the limit cuts off is still counted, at the end.
  const last = addressesOf(lines[place] as AddressLine);
  const addresses = (at: number) => (at === place ? upTo(last, room) : addressesOf(lines[at] as AddressLine));
  for (let rest: Queue[] = first.map((at) => ({ at, of: null })); rest.length > 0; ) {
    const more: Queue[] = [];
    for (const queue of rest) {
      for (; queue.at >= 0; queue.at = following[queue.at] ?? -1, queue.of = null) {
        queue.of ??= addresses(queue.at);
        const { done, value } = queue.of.next();
        if (done) continue;
        yield value;
        more.push(queue);
        break;
      }
    }
    rest = more;
  }
  yield* last;
  yield* all(lines.slice(place + 1));
}

/** Of one host: the line that it is at, by its place, and what is left of that. */
interface Queue {
  at: number;
  of: Iterator<string> | null;
}

function* all(lines: readonly AddressLine[]): Generator<string> {
  for (const line of lines) yield* addressesOf(line);
}

/**
 * The lines with the first `limit` addresses: the first of each host, and which follows which, by their places. Of the one at
 * `place`, the last, `room` addresses are among them. Nobody is answered meanwhile: for each line as little is done as can be.
 */
function byHost(lines: readonly AddressLine[], limit: number) {
  const latest = new Map<string, number>();
  const first: number[] = [];
  const following = new Int32Array(lines.length).fill(-1);
  let left = limit;
  let place = 0;
  for (; place < lines.length && left > 0; place += 1) {
    const line = lines[place] as AddressLine;
    const host = hostOf(line);
    const before = latest.get(host);
    if (before === undefined) first.push(place);
    else following[before] = place;
    latest.set(host, place);
    left -= countOf(line);
  }
  place -= 1;
  return { first, following, place, room: countOf(lines[place] as AddressLine) + Math.min(0, left) };
}

/** What tells hosts apart; a range in a host's name makes it many. */
function hostOf(line: AddressLine): string {
  if (typeof line !== 'string') {
    const [text = ''] = line.texts;
    return /^https?:\/\/([^/?#]+)[/?#]/i.exec(text)?.[1]?.toLowerCase() ?? text;
  }
  const start = line.indexOf('//') + 2;
  return line.slice(start, line.indexOf('/', start));
}

/** As many as are wanted; the others stay where they are. */
function* upTo<T>(items: Iterator<T>, most: number): Generator<T> {
  for (let taken = 0; taken < most; taken += 1) {
    const next = items.next();
    if (next.done) return;
    yield next.value;
  }
}
