import type { RequestHandler } from 'express';
import type { Instance, RequestLocals } from '../http/locals.js';
import { type Paths, paths, type VersionedName } from './paths.js';

declare module '../http/locals.js' {
  interface RequestLocals {
    paths: Paths;
  }
}

export interface MountSettings {
  /** The mount as browsers see it, where that is not `req.baseUrl`: behind a proxy that rewrites addresses. */
  readonly base: string | null;
  readonly versionedName: VersionedName;
  readonly instance: Instance;
}

/** The first middleware of the app: every request gets the addresses of the mount by which it came. */
export function requestLocals({ base, versionedName, instance }: MountSettings): RequestHandler {
  // An app mounted below a parameter (`/:team/jobs`) has many mounts: only the last one is kept.
  let last = { mount: '', paths: paths('', versionedName) };
  return (req, res, next) => {
    const mount = mountOf(base ?? req.baseUrl);
    if (mount !== last.mount) last = { mount, paths: paths(mount, versionedName) };
    // Those of an app around us, or of another instance, stay out of it. The middleware that follows adds the rest.
    res.locals.tobiishi = { instance, paths: last.paths, plain: false } as RequestLocals;
    next();
  };
}

/** Without a slash at its end, and with one at its beginning: `//name` would be another site. */
function mountOf(path: string): string {
  const names = path.replace(/^[/\\]+|[/\\]+$/g, '');
  return names === '' ? '' : `/${names}`;
}
