import type { Visitor } from '../test/fixtures/visitor.js';

export interface Field {
  /** The server that is attacked. */
  readonly target: string;
  /** `http://127.0.0.1:PORT` of the hostile site, whose answers are those of `pages`. */
  readonly site: string;
  /** Somebody new, without a cookie. */
  visitor(): Visitor;
}

/** One way to make the server stand still, or end. */
export interface Attack {
  readonly name: string;
  /** What the hostile site answers, by path: the body, as HTML unless the path has another ending. */
  readonly pages?: () => Readonly<Record<string, string | Buffer>>;
  /** Ends when the attack is over; answers what became of it, in a few words. */
  launch(field: Field): Promise<string>;
}
