import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { projectRoot } from './root.js';

const FOLDER = join(projectRoot, 'public');

export interface Assets {
  /**
   * The name of a file in `public/` or of a package with its contents' hash, so that browsers may keep it for ever:
   * `style.css?v=1a2b3c`.
   */
  versionedName(name: string): string;
  /** Serves what `versionedName` names. Only an address with the right hash is kept; a service worker, say, must be asked for again. */
  readonly middleware: RequestHandler;
}

export function createAssets(): Assets {
  /** Files that a package brings along. */
  const packaged = new Map([
    ['idiomorph.js', join(dirname(fileURLToPath(import.meta.resolve('idiomorph'))), 'idiomorph.min.js')],
  ]);
  /** Pages are many: nobody need look for each of them on the disk. What the type checker reads is not for browsers. */
  const own = new Set(readdirSync(FOLDER).filter((name) => /\.(css|js|svg)$/.test(name)));
  const versions = new Map<string, string>();
  const versionOf = (name: string): string => {
    let found = versions.get(name);
    if (found === undefined) {
      const contents = readFileSync(packaged.get(name) ?? join(FOLDER, name));
      found = createHash('sha256').update(contents).digest('base64url').slice(0, 8);
      versions.set(name, found);
    }
    return found;
  };
  /** Under another hash somebody's cache would keep this version in the place of another one. */
  const setKeeping = (req: Request, res: Pick<Response, 'setHeader'>): void => {
    const isNamed = req.query['v'] === versionOf(req.path.slice(1));
    res.setHeader('Cache-Control', isNamed ? 'public, max-age=31536000, immutable' : 'public, no-cache');
  };
  const files = express.static(FOLDER, {
    index: false,
    redirect: false,
    setHeaders: (res) => setKeeping((res as unknown as { req: Request }).req, res),
  });
  return {
    versionedName: (name) => `${name}?v=${versionOf(name)}`,
    middleware(req, res, next) {
      const name = req.path.slice(1);
      if (own.has(name)) return files(req, res, next);
      const path = packaged.get(name);
      if (path === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) return next();
      setKeeping(req, res);
      res.sendFile(path, { cacheControl: false });
    },
  };
}
