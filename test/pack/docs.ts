import { readFileSync } from 'node:fs';

export interface Block {
  /** Named by the comment in its first line. */
  readonly file: string;
  readonly text: string;
}

/** Code in a page of the documentation that is no program and no command. */
export function otherCodeIn(page: string): readonly string[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return Array.from(blocks).flatMap(([all, language, text = '']) =>
    language === 'sh' || /^\/\/ [\w.-]+\n/.test(text) ? [] : [all],
  );
}

/** The programs in a page of the documentation, as they stand. */
export function programsIn(page: string): readonly Block[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```(?:js|ts)\n(\/\/ ([\w.-]+)\n[\s\S]*?)^```$/gm);
  return Array.from(blocks, ([, text = '', file = '']) => ({ file, text }));
}
