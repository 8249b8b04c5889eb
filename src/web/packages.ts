import { createRequire } from 'node:module';

/** Packages loaded with the first page, so that a server starts sooner. Pages need them at once: `import()` would not do. */
const require = createRequire(import.meta.url);

export const ejs = (): typeof import('ejs') => require('ejs');
export const i18next = (): typeof import('i18next').default => require('i18next');
