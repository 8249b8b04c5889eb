import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** HTML documentation of some Debian packages, one of which is enough. */
const FOLDERS = ['/usr/share/doc/python3.11/html', '/usr/share/doc/python3.12/html', '/usr/share/doc/python3.13/html'];

export const INSTALL_CORPUS = '`apt-get install -y python3-doc`';

/** Where the site has a page of about 5 MB. */
export const LARGE_PATH = '/large.html';

export interface CorpusPage {
  readonly path: string;
  readonly bytes: Buffer;
}

/** Real pages of 20 to 60 KB; null when there are none on this machine. */
export function readCorpus(): CorpusPage[] | null {
  const folder = FOLDERS.find((path) => existsSync(path));
  if (folder === undefined) return null;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html'))
    .sort()
    .map((path) => ({ path: `/${path}`, bytes: readFileSync(join(folder, path)) }))
    .filter(({ bytes }) => bytes.length >= 20_000 && bytes.length <= 60_000);
}
