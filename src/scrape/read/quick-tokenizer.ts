import type { Tokenizer as Careful, Token, Parser as Whole } from 'parse5';
import type { Htmlparser2TreeAdapterMap as Tree } from 'parse5-htmlparser2-tree-adapter';
import { parse5 } from '../packages.js';

/** So many of a tag are kept. What parse5 looks through for each further one grows with them. */
const MOST_ATTRIBUTES = 1000;

/** What a character is for, bit by bit, where no rule of HTML's asks for it. */
const [SPACE, WORD, IN_DOUBLE_QUOTES, IN_SINGLE_QUOTES, NAME] = [1, 2, 4, 8, 16];
const [NULL, RETURN, LINE_FEED] = [0, 13, 10];
const [DOUBLE_QUOTE, SOLIDUS, TAG_END, SMALL_A, SMALL_Z] = [34, 47, 62, 97, 122];
/** A tag with more attributes is taken character by character. */
const MOST_PLAIN = 30;
const USES = Uint8Array.from({ length: 128 }, (_, code) => {
  // A return counts as the line feed behind it.
  if (code === NULL || code === RETURN) return 0;
  const char = String.fromCharCode(code);
  const text = '&<'.includes(char) ? 0 : /[\t\n\f ]/.test(char) ? SPACE : WORD;
  const inDouble = '&"'.includes(char) ? 0 : IN_DOUBLE_QUOTES;
  const inSingle = "&'".includes(char) ? 0 : IN_SINGLE_QUOTES;
  return text | inDouble | inSingle | (/[-a-z0-9]/.test(char) ? NAME : 0);
});
const BEYOND_ASCII = WORD | IN_DOUBLE_QUOTES | IN_SINGLE_QUOTES;

/**
 * The tokenizer of parse5, which takes every character by itself, but for runs of those that mean nothing but themselves: these
 * are taken at once, in half the time, and so are tags that have nothing unusual. It does not count lines, so that nobody may ask
 * for places in the source.
 */
export function quickTokenizer(): typeof Careful {
  const { Tokenizer, TokenizerMode, Token: Tokens, html } = parse5();
  const { DATA, RCDATA, RAWTEXT, SCRIPT_DATA } = TokenizerMode;
  const { TAG_ID: $ } = html;
  const texts = new Set<number>([DATA, RCDATA, RAWTEXT, SCRIPT_DATA]);
  /** Where spaces are kept and words are not. */
  const wordless = new Set<number | undefined>([$.HTML, $.FRAMESET, $.TEMPLATE]);
  return class QuickTokenizer extends Tokenizer {
    protected override _emitCodePoint(code: number): void {
      super._emitCodePoint(code);
      const token = this.currentCharacterToken;
      if (token === null || !texts.has(this.state)) return;
      const { openElements } = this.handler as unknown as Whole<Tree>;
      if (token.type === Tokens.TokenType.WHITESPACE_CHARACTER) token.chars += this.#run(code, SPACE);
      else if (token.type === Tokens.TokenType.CHARACTER)
        token.chars += this.#run(code, wordless.has(openElements.currentTagId) ? WORD : WORD | SPACE);
    }

    protected override _stateTagOpen(code: number): void {
      const { pos } = this.preprocessor;
      if (code === SOLIDUS ? !this.#endTag(pos + 1) : !this.#startTag(pos)) super._stateTagOpen(code);
    }

    /** Takes one whose name begins at `from`, unless it is unusual: then nothing has happened. */
    #endTag(from: number): boolean {
      const { html: source } = this.preprocessor;
      const end = endOfName(source, from);
      if (end === from || source.charCodeAt(end) !== TAG_END) return false;
      this._createEndTagToken();
      this.#emitTag(source.slice(from, end), end);
      return true;
    }

    /** As `#endTag`. */
    #startTag(from: number): boolean {
      const { html: source } = this.preprocessor;
      const nameEnd = endOfName(source, from);
      if (nameEnd === from) return false;
      const { attrs, end } = plainAttributes(source, nameEnd);
      const selfClosing = source.startsWith('/>', end);
      const close = selfClosing ? end + 1 : end;
      if (source.charCodeAt(close) !== TAG_END) return false;
      this._createStartTagToken();
      const token = this.currentToken as Token.TagToken;
      token.attrs = attrs;
      token.selfClosing = selfClosing;
      this.#emitTag(source.slice(from, nameEnd), close);
      return true;
    }

    #emitTag(name: string, end: number): void {
      (this.currentToken as Token.TagToken).tagName = name;
      this.preprocessor.pos = end;
      this.state = DATA;
      this.emitCurrentTagToken();
    }

    protected override _stateAttributeValueDoubleQuoted(code: number): void {
      super._stateAttributeValueDoubleQuoted(code);
      this.currentAttr.value += this.#run(code, IN_DOUBLE_QUOTES);
    }

    protected override _stateAttributeValueSingleQuoted(code: number): void {
      super._stateAttributeValueSingleQuoted(code);
      this.currentAttr.value += this.#run(code, IN_SINGLE_QUOTES);
    }

    protected override _stateAttributeName(code: number): void {
      super._stateAttributeName(code);
      this.currentAttr.name += this.#run(code, NAME);
    }

    /** parse5 compares each attribute with all before it. */
    protected override _leaveAttrName(): void {
      const { attrs } = this.currentToken as { readonly attrs: readonly unknown[] };
      if (attrs.length < MOST_ATTRIBUTES) super._leaveAttrName();
    }

    /** What stands behind a character of such a use and has it, too. */
    #run(code: number, use: number): string {
      // The line feed may be a return in truth, and what follows then no line feed.
      if (code === LINE_FEED || !hasUse(code, use)) return '';
      const { preprocessor } = this;
      const { html: source, pos } = preprocessor;
      const end = endOfRun(source, pos + 1, use);
      preprocessor.pos = end - 1;
      return source.slice(pos + 1, end);
    }
  };
}

/** Attributes with values in double quotes, up to `end`: that of the tag, or of what is plain in it. */
function plainAttributes(source: string, from: number): { readonly attrs: Token.Attribute[]; readonly end: number } {
  const attrs: Token.Attribute[] = [];
  for (let at = from; ; ) {
    const nameAt = endOfRun(source, at, SPACE);
    const nameEnd = endOfRun(source, nameAt, NAME);
    if (nameAt === at || nameEnd === nameAt || !source.startsWith('="', nameEnd)) return { attrs, end: nameAt };
    const valueEnd = endOfRun(source, nameEnd + 2, IN_DOUBLE_QUOTES);
    if (source.charCodeAt(valueEnd) !== DOUBLE_QUOTE || attrs.length === MOST_PLAIN) return { attrs, end: nameEnd };
    const name = source.slice(nameAt, nameEnd);
    const value = source.slice(nameEnd + 2, valueEnd);
    if (attrs.every((each) => each.name !== name)) attrs.push({ name, value });
    at = valueEnd + 1;
  }
}

/** Of a tag's name; where it begins when that is no small letter. */
function endOfName(source: string, from: number): number {
  const first = source.charCodeAt(from);
  return first >= SMALL_A && first <= SMALL_Z ? endOfRun(source, from, NAME) : from;
}

function endOfRun(source: string, from: number, use: number): number {
  let end = from;
  while (end < source.length && hasUse(source.charCodeAt(end), use)) end += 1;
  return end;
}

function hasUse(code: number, use: number): boolean {
  return ((code < 128 ? (USES[code] ?? 0) : BEYOND_ASCII) & use) !== 0;
}
