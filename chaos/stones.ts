import { Random } from './random.js';

/** What a run of the job `stones` is to be: the same settings always make the same stones. */
export interface Settings {
  readonly seed: string;
  /** Stones known at the start; some lead to more. */
  readonly count: number;
  /** Stones of different lanes may overlap. */
  readonly lanes: number;
  /** The longest that an ordinary stone takes; one in twenty takes ten times as long. */
  readonly ms: number;
  /** Of a thousand stones, how many throw at first, and how many end their process at first. */
  readonly throwing: number;
  readonly exiting: number;
}

/** One step of the job. A type, not an interface, so that it is JSON to the compiler. */
export type Stone = {
  /** `4` was planned at the start; `4.1` came out of it, `4.2` out of that. */
  readonly name: string;
  readonly lane: number;
  readonly ms: number;
  /** Its first executions throw, or end the process: so many. Three of them are all the attempts that a step has. */
  readonly throws: number;
  readonly exits: number;
};

const LONGEST_CHAIN = 3;

export function firstStones(settings: Settings): Stone[] {
  return Array.from({ length: settings.count }, (_, i) => stone(settings, String(i + 1)));
}

/** The stone that comes out of one, if any. */
export function nextStone(settings: Settings, { name }: Stone): Stone | null {
  const [root = '', depth = '0'] = name.split('.');
  const random = new Random(`${settings.seed}/chain/${root}`);
  const length = random.chance(0.25) ? random.int(1, LONGEST_CHAIN) : 0;
  return Number(depth) < length ? stone(settings, `${root}.${Number(depth) + 1}`) : null;
}

/** Every stone of a run, by name. */
export function allStones(settings: Settings): Map<string, Stone> {
  const all = new Map<string, Stone>();
  for (const first of firstStones(settings)) {
    for (let next: Stone | null = first; next; next = nextStone(settings, next)) all.set(next.name, next);
  }
  return all;
}

function stone(settings: Settings, name: string): Stone {
  const random = new Random(`${settings.seed}/stone/${name}`);
  const slow = random.chance(0.05);
  const ms = random.int(0, settings.ms) * (slow ? 10 : 1);
  const [throwing, exiting] = [random.chance(settings.throwing / 1000), random.chance(settings.exiting / 1000)];
  return {
    name,
    lane: random.int(1, settings.lanes),
    ms,
    throws: throwing ? random.int(1, 3) : 0,
    exits: exiting && !throwing ? random.int(1, 3) : 0,
  };
}
