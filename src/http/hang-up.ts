import type { Socket } from 'node:net';

/** Node's parser of a connection, as far as we need it. */
interface Parser {
  /** Of headers that were read. Made anew for each connection. */
  onIncoming: unknown;
  /** Kept from one connection to the next. */
  [ON_BODY]: unknown;
}

/** Where the parser of Node 20 and 22 finds whom to give a piece of a body; later ones ask nobody. */
const ON_BODY = 3;
/** To the parser: nothing that follows is HTTP. */
const NOT_HTTP = 2;

/**
 * Ends a connection at once. Node parses all the same what has come of it, 64 KB at a time: that can be two thousand requests,
 * or ten thousand pieces of a body, each with objects of its own. So the parser is told that nobody listens.
 */
export function hangUp(socket: Socket): void {
  const { parser } = socket as Socket & { readonly parser?: Parser | null };
  if (socket.destroyed) return;
  socket.destroy();
  if (!parser) return;
  const onBody = parser[ON_BODY];
  parser.onIncoming = () => NOT_HTTP;
  parser[ON_BODY] = null;
  // Before it can be given to another connection.
  socket.once('close', () => {
    parser[ON_BODY] = onBody;
  });
}
