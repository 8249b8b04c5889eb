import type { Request, Response } from 'express';

/** Whether a program asks, which reads JSON instead of a page. */
export function wantsJson(req: Request): boolean {
  const accept = req.headers.accept ?? '';
  return accept.includes('application/json') && !accept.includes('text/html');
}

/** Nothing that is true only now is kept on the way. */
export function sendJson(res: Response, value: object, status = 200): void {
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  res.vary('Accept').status(status).json(value);
}
