import { closeSync, openSync } from 'node:fs';

/**
 * Makes an empty file that nobody but its owner may read, where there is none yet. SQLite gives the files beside a database
 * the same permissions; by itself it would leave them to the umask.
 */
export function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}
