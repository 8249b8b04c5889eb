import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { projectRoot } from './root.js';

const FOLDER = join(projectRoot, 'public');

/** Files that a package brings along. */
const FROM_PACKAGES: ReadonlyMap<string, string> = new Map([
  ['idiomorph.js', join(dirname(fileURLToPath(import.meta.resolve('idiomorph'))), 'idiomorph.min.js')],
]);

const versioned = new Map<string, string>();

/** The name of a file in `public/` or of a package, with its contents' hash, so that browsers may keep it for ever. */
export function versionedName(name: string): string {
  let found = versioned.get(name);
  if (found === undefined) {
    const hash = createHash('sha256')
      .update(readFileSync(FROM_PACKAGES.get(name) ?? join(FOLDER, name)))
      .digest('base64url')
      .slice(0, 8);
    found = `${name}?v=${hash}`;
    versioned.set(name, found);
  }
  return found;
}

const packaged: RequestHandler = (req, res, next) => {
  const path = FROM_PACKAGES.get(req.path.slice(1));
  if (path === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) return next();
  setKeeping(req, res);
  res.sendFile(path, { cacheControl: false });
};

const files = express.static(FOLDER, {
  index: false,
  redirect: false,
  setHeaders: (res) => setKeeping((res as unknown as { req: Request }).req, res),
});
/** Pages are many: nobody need look for each of them on the disk. What the type checker reads is not for browsers. */
const own = new Set(readdirSync(FOLDER).flatMap((name) => (/\.(css|js|svg)$/.test(name) ? [`/${name}`] : [])));

/** Serves what `versionedName` names. Only an address with a hash is kept; a service worker, say, must be asked for again. */
export const assets: RequestHandler[] = [
  packaged,
  (req, res, next) => (own.has(req.path) ? files(req, res, next) : next()),
];

function setKeeping(req: Request, res: Pick<Response, 'setHeader'>): void {
  const hashed = req.query['v'] !== undefined;
  res.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'public, no-cache');
}
