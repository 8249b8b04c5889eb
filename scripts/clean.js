// Files of an earlier build must not get into a package.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
