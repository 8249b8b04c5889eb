import type { RequestListener } from 'node:http';
import type { Visitor } from '../test/fixtures/visitor.js';

export interface Field {
  /** The server that is attacked. */
  readonly target: string;
  /** `http://127.0.0.1:PORT` of the hostile site, whose answers are those of `pages` or `answers`. */
  readonly site: string;
  /** Somebody new, without a cookie, at an address that ends in N; nobody honest is there. */
  visitor(n?: number): Visitor;
  /** How long an attack goes on that could go on for ever. */
  readonly lastsMs: number;
}

/** Ends when the attack is over; answers what became of it, in a few words. */
export type Launch = () => Promise<string>;

/** One way to make the server stand still, or end. */
export interface Attack {
  readonly name: string;
  /** What the hostile site answers, by path: the body, as HTML unless the path has another ending. */
  readonly pages?: () => Readonly<Record<string, string | Buffer>>;
  /** What it answers in their place. */
  readonly answers?: RequestListener;
  /** What others wait for is measured only from the launch on. */
  prepare(field: Field): Promise<Launch>;
}

/** For an attack that needs no preparing. */
export function ready(launch: (field: Field) => Promise<string>): Attack['prepare'] {
  return async (field) => () => launch(field);
}

/** Where attackers are, in a network of each attack's own. */
export const ATTACKERS = [2, 3, 4, 5] as const;

/** How often each answer came: `12 × 200, 3 × 429`. */
export function counted(answers: readonly (string | number)[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(String(answer), (counts.get(String(answer)) ?? 0) + 1);
  return [...counts].map(([answer, count]) => `${count} × ${answer}`).join(', ');
}
