import type { ParserOptions, Token, Parser as Whole } from 'parse5';
import type { Htmlparser2TreeAdapterMap as Tree } from 'parse5-htmlparser2-tree-adapter';
import { parse5 } from '../packages.js';
import { quickTokenizer } from './quick-tokenizer.js';

/** As deep as the trees of Chromium and WebKit are. */
const DEEPEST = 512;
/** Of `<b>`, `<font>` and the like that nobody has closed: all of them are opened anew in every paragraph. */
const MOST_FORMATTING = 64;

/** Parses HTML as parse5 does, with bounds without which a page of some hundred kilobytes takes minutes. */
export function parseHtml(html: string, options: ParserOptions<Tree>): Tree['document'] {
  boundedParser ??= makeBoundedParser();
  return boundedParser.parse(html, options);
}

/** As `parseHtml`, and notes of each element which form the parser has it belong to, also outside of that form's own. */
export function parseWithForms(
  html: string,
  options: ParserOptions<Tree>,
): { readonly root: Tree['document']; readonly formOf: ReadonlyMap<Tree['element'], Tree['element']> } {
  boundedParser ??= makeBoundedParser();
  const formOf = new Map<Tree['element'], Tree['element']>();
  class FormsParser extends (boundedParser as typeof Whole<Tree>) {
    override _attachElementToTree(...[element, location]: Parameters<Whole<Tree>['_attachElementToTree']>): void {
      if (this.formElement !== null && this.openElements.tmplCount === 0) formOf.set(element, this.formElement);
      super._attachElementToTree(element, location);
    }
  }
  return { root: FormsParser.parse(html, options), formOf };
}

let boundedParser: typeof Whole | null = null;

function makeBoundedParser(): typeof Whole {
  const { Parser, html } = parse5();
  const { TAG_ID: $ } = html;
  /** These are open for a reason that the rules of tables and the like go by. */
  const stays = new Set<number | undefined>([
    ...[$.HTML, $.HEAD, $.BODY, $.FRAMESET, $.TEMPLATE, $.SELECT],
    ...[$.TABLE, $.CAPTION, $.COLGROUP, $.TBODY, $.THEAD, $.TFOOT, $.TR, $.TD, $.TH],
  ]);
  const QuickTokenizer = quickTokenizer();
  return class BoundedParser extends Parser<Tree> {
    constructor(...args: ConstructorParameters<typeof Parser<Tree>>) {
      super(...args);
      this.tokenizer = new QuickTokenizer(this.options, this);
    }

    override onStartTag(token: Token.TagToken): void {
      const { openElements, activeFormattingElements } = this;
      if (openElements.stackTop >= DEEPEST) {
        // What would be within it stands beside it, as in browsers.
        if (stays.has(openElements.currentTagId)) return;
        openElements.pop();
      }
      if (activeFormattingElements.entries.length > MOST_FORMATTING)
        activeFormattingElements.entries.length = MOST_FORMATTING;
      super.onStartTag(token);
    }
  } as typeof Whole;
}
