import { SelectorSyntaxError, type SyntaxProblem } from './syntax.js';

const WHITE = /[ \t\r\n\f]*/y;
const COMMENTS = /(?:\/\*[\s\S]*?(?:\*\/|$))*/y;
const ESCAPE = String.raw`\\(?:[\da-fA-F]{1,6}(?:\r\n|[ \t\r\n\f])?|[^\r\n\f\da-fA-F]|$)`;
const NAME_START = String.raw`(?:[a-zA-Z_\u0080-\uffff]|${ESCAPE})`;
const NAME = String.raw`(?:[\w\-\u0080-\uffff]|${ESCAPE})`;
const IDENT = new RegExp(`(?:--${NAME}*|-?${NAME_START}${NAME}*)`, 'y');
const STRING = /"((?:[^"\\\r\n\f]|\\(?:\r\n|[\s\S]))*)("?)|'((?:[^'\\\r\n\f]|\\(?:\r\n|[\s\S]))*)('?)/y;
/** How much of the text a message repeats. */
const MOST_REST = 60;

/** Tokens of https://www.w3.org/TR/css-syntax-3/, as far as selectors have them. */
export class Scanner {
  at = 0;

  readonly text: string;

  constructor(text: string) {
    this.text = text.replaceAll('\0', '\ufffd');
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  get next(): string {
    return this.text.charAt(this.at);
  }

  /** Whether there was white space; comments are passed over, too, but part no words. */
  skipSpace(): boolean {
    let isSpace = false;
    for (let from = -1; from !== this.at; ) {
      from = this.at;
      if (this.match(WHITE)?.[0]) isSpace = true;
      this.skipComments();
    }
    return isSpace;
  }

  skipComments(): void {
    this.match(COMMENTS);
  }

  take(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  ident(): string | null {
    const match = this.match(IDENT);
    return match === null ? null : unescaped(match[0]);
  }

  /** A quoted string; null when there is none here. Its end may be missing at the end of the text, as CSS has it. */
  string(): string | null {
    const start = this.at;
    const match = this.match(STRING);
    if (match === null) return null;
    const [, double, doubleEnd, single, singleEnd] = match;
    if ((doubleEnd ?? singleEnd) === '' && !this.isAtEnd) {
      this.at = start;
      this.problem('unclosed', 'a quotation has no end');
    }
    return unescaped(double ?? single ?? '');
  }

  /** All up to the bracket that closes what is open here; brackets in between go in pairs, quotation marks mean nothing. */
  rawArgument(): string {
    const start = this.at;
    for (let depth = 0; !this.isAtEnd; this.at += 1) {
      if (this.next === '\\') this.at += 1;
      else if (this.next === '(') depth += 1;
      else if (this.next === ')' && depth === 0) break;
      else if (this.next === ')') depth -= 1;
    }
    return this.text.slice(start, this.at);
  }

  /** Throws. */
  problem(code: SyntaxProblem, message: string, rest = this.text.slice(this.at, this.at + MOST_REST)): never {
    throw new SelectorSyntaxError(code, rest, message);
  }

  /** Throws: what stands here cannot; or something is missing, when nothing does. */
  unexpected(expected: string): never {
    if (this.isAtEnd) this.problem('unfinished', `${expected} is missing at the end`, '');
    this.problem('unexpected', `${expected} was expected at "${this.text.slice(this.at, this.at + MOST_REST)}"`);
  }

  /** What the pattern, which must be a sticky one, finds here. */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match !== null) this.at = pattern.lastIndex;
    return match;
  }
}

/** https://www.w3.org/TR/css-syntax-3/#consume-escaped-code-point */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:([\da-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\n\r\f])|([\s\S])|$)/gu,
    (_, hexadecimal?: string, lineEnd?: string, character?: string) => {
      if (lineEnd !== undefined) return '';
      if (hexadecimal === undefined) return character ?? '\ufffd';
      const code = Number.parseInt(hexadecimal, 16);
      const isScalar = code !== 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return isScalar ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}
