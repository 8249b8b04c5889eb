import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemplateFunction } from 'ejs';
import { ejs } from './packages.js';
import { projectRoot } from './root.js';

const VIEWS = join(projectRoot, 'views');

/** The views, compiled as they are needed. */
export interface Views {
  /** A view, in which everything in `data` is a variable, and `part` renders another one. */
  render(view: string, data: object): string;
}

interface Templates {
  readonly names: readonly string[];
  readonly compiled: Map<string, TemplateFunction>;
}

/**
 * Views are compiled for the names that they are given, once: EJS's own way, a `with` statement and a copy for each
 * part, takes several times as long.
 */
export function createViews(): Views {
  /** Those of each view, by the names that it was given: few, as a view is mostly given the same. */
  const templates = new Map<string, Templates[]>();

  function templatesFor(view: string, names: readonly string[]): Templates {
    const all = templates.get(view) ?? [];
    let found = all.find(
      (each) => each.names.length === names.length && names.every((name, i) => each.names[i] === name),
    );
    if (found === undefined) {
      found = { names, compiled: new Map() };
      templates.set(view, [...all, found]);
    }
    return found;
  }

  function render(view: string, data: object): string {
    const variables = { ...data, part };
    const known = templatesFor(view, Object.keys(variables));
    function part(other: string, more?: object): string {
      return more ? render(other, { ...data, ...more }) : template(other, known)(variables);
    }
    return part(view);
  }

  return { render };
}

function template(view: string, { names, compiled }: Templates): TemplateFunction {
  let made = compiled.get(view);
  if (made === undefined) {
    const filename = join(VIEWS, `${view}.ejs`);
    // The last one: `variables` is an object of ours, and need not be copied for each part.
    const options = {
      strict: true,
      destructuredLocals: [...names],
      rmWhitespace: true,
      filename,
      unsafePrototypeLocals: true,
    };
    made = ejs().compile(readFileSync(filename, 'utf8'), options);
    compiled.set(view, made);
  }
  return made;
}
