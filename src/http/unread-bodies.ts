import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Clock } from '../core/clock.js';
import { RestingTurns } from '../core/resting-turns.js';

/** Shorter ones are here as soon as their heads. */
const SHORT_BYTES = 64 * 1024;

/**
 * Bodies of requests that are answered without being read. They are read nevertheless, since a browser takes no answer before it has
 * sent all. Node would do so as fast as they come, and a hundred that were refused together held up everybody else: so a bit
 * of one of them at a time, and as long a rest after it. Nobody is in a hurry for them.
 */
export function unreadBodies(clock: Clock): RequestHandler {
  const turns = new RestingTurns(clock, () => Infinity);
  return (req, res, next) => {
    // Before Node's own listener, which leaves alone what is being read.
    if (mayBeLong(req)) res.prependListener('finish', () => void readOn(req, turns));
    next();
  };
}

function mayBeLong({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > SHORT_BYTES;
}

async function readOn(req: IncomingMessage, turns: RestingTurns): Promise<void> {
  if (req.readableDidRead) return;
  try {
    for await (const _ of req.iterator({ destroyOnReturn: false })) await turns.take(async () => {});
  } catch {
    // Who sent it has left.
  }
}
