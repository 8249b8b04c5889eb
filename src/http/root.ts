import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json: views, locales and public lie beside the sources, wherever those are compiled to. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

const about: { readonly version: string; readonly repository: { readonly url: string } } = JSON.parse(
  readFileSync(join(projectRoot, 'package.json'), 'utf8'),
);

/** Of the package: `0.2.0`. */
export const version = about.version;

/** The README on the code host, which leads to the documentation. Short, because each page carries it. */
export const docsAddress = `${about.repository.url.replace(/^git\+|\.git$/g, '')}#readme`;

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no package.json above the compiled code: keep dist/ inside the project');
  return findRoot(parent);
}
