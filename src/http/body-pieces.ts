import type { IncomingMessage } from 'node:http';
import { hangUp } from './hang-up.js';

/** On average; each piece takes 500 bytes of memory besides, and microseconds. */
const LEAST_BYTES = 256;
/** A form with many short fields may come in so many smaller ones. */
const FREE_PIECES = 300;

/** Hangs up on a body that comes in more small pieces than anybody sends, such as single bytes. */
export function boundPieces(req: IncomingMessage): void {
  // Others come as they are read, tens of kilobytes at once.
  if (req.headers['transfer-encoding'] === undefined) return;
  let left = FREE_PIECES * LEAST_BYTES;
  const { push } = req;
  req.push = function bounded(piece: Uint8Array | null, encoding) {
    if (piece !== null) left += piece.length - LEAST_BYTES;
    if (left >= 0) return push.call(this, piece, encoding);
    hangUp(this.socket);
    return false;
  };
}
