import type { IncomingMessage } from 'node:http';
import type { Clock } from '../core/clock.js';

/** A body that is not there yet brings so much in each such time, or its connection is wanted for somebody else. */
const WITHIN_MS = 10_000;
const LEAST_BYTES = 80_000;

/** What `reading` comes to. Throws an error of status 408 when the request's body comes too slowly, or not at all. */
export async function atLeastAtPace<T>(req: IncomingMessage, clock: Clock, reading: Promise<T>): Promise<T> {
  let cancel = () => {};
  const tooSlow = new Promise<never>((_resolve, reject) => {
    const look = (before: number) => {
      cancel = clock.after(WITHIN_MS, () => {
        const now = req.socket.bytesRead;
        if (req.complete || now - before >= LEAST_BYTES) look(now);
        else reject(Object.assign(new Error('a form that came too slowly'), { status: 408 }));
      });
    };
    look(req.socket.bytesRead);
  });
  try {
    return await Promise.race([reading, tooSlow]);
  } finally {
    cancel();
  }
}
