import type { Tokenizer as Careful, Parser as Whole } from 'parse5';
import type { Htmlparser2TreeAdapterMap as Tree } from 'parse5-htmlparser2-tree-adapter';
import { parse5 } from '../packages.js';

/** So many of a tag are kept. What parse5 looks through for each further one grows with them. */
const MOST_ATTRIBUTES = 1000;

/** What a character is for, bit by bit, where no rule of HTML's asks for it. */
const [SPACE, WORD, IN_DOUBLE_QUOTES, IN_SINGLE_QUOTES, NAME] = [1, 2, 4, 8, 16];
const [NULL, RETURN, LINE_FEED] = [0, 13, 10];
const USES = Uint8Array.from({ length: 128 }, (_, code) => {
  // A return counts as the line feed behind it.
  if (code === NULL || code === RETURN) return 0;
  const char = String.fromCharCode(code);
  const text = '&<'.includes(char) ? 0 : /[\t\n\f ]/.test(char) ? SPACE : WORD;
  const inDouble = '&"'.includes(char) ? 0 : IN_DOUBLE_QUOTES;
  const inSingle = "&'".includes(char) ? 0 : IN_SINGLE_QUOTES;
  return text | inDouble | inSingle | (/[a-z0-9]/.test(char) ? NAME : 0);
});
const BEYOND_ASCII = WORD | IN_DOUBLE_QUOTES | IN_SINGLE_QUOTES;

/**
 * The tokenizer of parse5, which takes every character by itself, but for runs of those that mean nothing but themselves: these
 * are taken at once, in half the time. It does not count lines, so that nobody may ask for places in the source.
 */
export function quickTokenizer(): typeof Careful {
  const { Tokenizer, TokenizerMode, Token, html } = parse5();
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
      if (token.type === Token.TokenType.WHITESPACE_CHARACTER) token.chars += this.#run(code, SPACE);
      else if (token.type === Token.TokenType.CHARACTER)
        token.chars += this.#run(code, wordless.has(openElements.currentTagId) ? WORD : WORD | SPACE);
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
      let end = pos + 1;
      while (end < source.length && hasUse(source.charCodeAt(end), use)) end += 1;
      preprocessor.pos = end - 1;
      return source.slice(pos + 1, end);
    }
  };
}

function hasUse(code: number, use: number): boolean {
  return ((code < 128 ? (USES[code] ?? 0) : BEYOND_ASCII) & use) !== 0;
}
