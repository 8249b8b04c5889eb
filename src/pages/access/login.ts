import type { Request, RequestHandler, Response } from 'express';
import { TobiishiError } from '../../core/errors.js';
import type { Gate } from '../../http/gate.js';
import type { LoginThrottle } from '../../http/login-throttle.js';
import { renewSession, saveSession } from '../../http/session.js';
import { sendPage } from '../send.js';

interface LoginView {
  readonly gate: Gate['name'];
  /** Where to go on, below the mount. */
  readonly to: string;
  readonly problem: string | null;
}

/** Lets those pass whom the gate lets in, and asks the others for its password, where it has one. Makes no session. */
export function pass(gate: Gate): RequestHandler {
  const ask = async (req: Request, res: Response) => {
    if (!gate.asksPassword) throw new TobiishiError('not-let-in', `the ${gate.name} gate is closed for this request`);
    await sendLogin(req, res, {
      status: 401,
      gate: gate.name,
      to: req.method === 'GET' ? req.url : '/',
      problem: null,
    });
  };
  return (req, res, next) => (gate.lets(req) ? next() : ask(req, res));
}

/** An action for those alone whom the gate lets in. */
export function behind<P>(gate: Gate, action: RequestHandler<P>): RequestHandler<P> {
  const check = pass(gate) as unknown as RequestHandler<P>;
  return (req, res, next) => check(req, res, (error?: unknown) => (error ? next(error) : action(req, res, next)));
}

/** Takes a password. Without a token: a page of another site could at most let a visitor in. */
export function login(gates: readonly Gate[], throttle: LoginThrottle): RequestHandler {
  return async (req, res) => {
    const { words, paths } = res.locals.tobiishi;
    const gate = gates.find(({ name }) => name === req.body.gate);
    if (!gate?.asksPassword) throw new TobiishiError('not-found', 'there is no such login');
    const asked = { gate: gate.name, to: String(req.body.to ?? '/') };
    const waitMs = throttle.take(req.ip ?? '');
    if (waitMs > 0) {
      res.setHeader('Retry-After', Math.ceil(waitMs / 1000));
      const problem = words.t('login.tooMany', { seconds: Math.ceil(waitMs / 1000) });
      return sendLogin(req, res, { ...asked, status: 429, problem });
    }
    if (!(await gate.enter(req, String(req.body.password ?? '')))) {
      req.log.warn({ address: req.ip, gate: gate.name }, 'a wrong password');
      return sendLogin(req, res, { ...asked, status: 401, problem: words.t('login.wrong') });
    }
    // Whoever knew the session before must not be let in with it.
    await renewSession(req);
    await saveSession(req);
    res.redirect(303, paths.asked(ownAddress(asked.to)));
  };
}

async function sendLogin(
  req: Request,
  res: Response,
  { status, ...data }: LoginView & { status: number },
): Promise<void> {
  const { words, paths } = res.locals.tobiishi;
  res.setHeader('Cache-Control', 'no-store');
  const here = req.method === 'GET' ? paths.asked(req.url) : paths.home;
  await sendPage<LoginView>(res, 'login', { title: words.t(`login.${data.gate}`), here, status, data });
}

/** Path and query alone, whatever was sent. */
function ownAddress(to: string): string {
  const { pathname, search } = new URL(`/${to.replace(/^[/\\]+/, '')}`, 'http://site');
  return pathname + search;
}
