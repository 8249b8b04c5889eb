/** The part of cookie-session that is used; its published types claim `req.session` for themselves. */
declare module 'cookie-session' {
  import type { RequestHandler } from 'express';

  export default function cookieSession(options: {
    readonly name: string;
    readonly keys: readonly string[];
    readonly maxAge: number;
    readonly httpOnly: boolean;
    readonly sameSite: 'lax';
  }): RequestHandler;
}
