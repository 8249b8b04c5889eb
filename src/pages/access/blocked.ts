import type { RequestHandler } from 'express';
import type { BlockList } from '../../core/blocks.js';
import { TobiishiError } from '../../core/errors.js';
import type { Blocks } from '../../engine/blocks.js';

/** Has the blocks asked for while the session is loaded, too: a store far away answers both at once. */
export function askForBlocks(blocks: Blocks): RequestHandler {
  return (_req, _res, next) => {
    const known = blocks.current();
    // Said by whoever waits for it.
    if (known instanceof Promise) known.catch(() => {});
    next();
  };
}

/** Keeps out whoever comes from a network that the operator blocks. */
export function keepOutBlocked(blocks: Blocks): RequestHandler {
  return (req, _res, next) => {
    const check = (list: BlockList) => {
      const { ip } = req;
      const block = ip === undefined ? null : list.networkOf(ip);
      if (block === null) return next();
      throw new TobiishiError('blocked', `the operator blocks ${block.value}`, { reason: block.reason });
    };
    // Mostly it is known, and what waits for nothing is answered sooner.
    const known = blocks.current();
    return known instanceof Promise ? known.then(check) : check(known);
  };
}
