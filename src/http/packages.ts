import { createRequire } from 'node:module';
import { once } from '../core/once.js';

/** Packages loaded when first needed, so that a server starts sooner; at once, which `import()` would not do. */
const require = createRequire(import.meta.url);

export const busboy = (): typeof import('@fastify/busboy').Busboy => require('@fastify/busboy').Busboy;
/** An ES module alone. */
export const clientZip = () => import('client-zip');
export const ejs = (): typeof import('ejs') => require('ejs');
/** Asked for with each request. */
export const ipaddr = once((): typeof import('ipaddr.js') => require('ipaddr.js'));
export const pino = (): typeof import('pino').pino => require('pino').pino;
export const rateLimiter = (): typeof import('rate-limiter-flexible') => require('rate-limiter-flexible');
