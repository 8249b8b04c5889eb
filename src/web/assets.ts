import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request, type RequestHandler } from 'express';
import { projectRoot } from './root.js';

const FOLDER = join(projectRoot, 'public');
const addresses = new Map<string, string>();

/** The address of a file in `public/`, with its contents' hash, so that browsers may keep it for ever. */
export function asset(name: string): string {
  let address = addresses.get(name);
  if (address === undefined) {
    const hash = createHash('sha256')
      .update(readFileSync(join(FOLDER, name)))
      .digest('base64url')
      .slice(0, 8);
    address = `/${name}?v=${hash}`;
    addresses.set(name, address);
  }
  return address;
}

/** Serves `public/`. Only an address with a hash is kept; a service worker, say, must be asked for again. */
export const assets: RequestHandler = express.static(FOLDER, {
  index: false,
  redirect: false,
  setHeaders(res) {
    const hashed = (res as unknown as { req: Request }).req.query['v'] !== undefined;
    res.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'public, no-cache');
  },
});
