import { undici } from '../packages.js';
import { Guard, type GuardOptions } from './guard.js';

const CONNECT_WITHIN_MS = 10_000;
/** An answer is not read but for this, so that the connection can be used again. */
const LEFT_BYTES = 16 * 1024;

/** Sends requests only where pages may be fetched from, too. */
export function guardedPost(options: GuardOptions) {
  const guard = new Guard(options);
  let agent: InstanceType<ReturnType<typeof undici>['Agent']> | null = null;
  return {
    /** Throws a `StepError` when the address itself is enough to say that nothing is sent there. */
    check: (url: string): void => guard.check(new URL(url)),
    /** Answers the status; follows no redirect. Throws as `check`, and what is thrown on the network. */
    async post(
      url: string,
      headers: Readonly<Record<string, string>>,
      body: string,
      signal: AbortSignal,
    ): Promise<number> {
      guard.check(new URL(url));
      agent ??= new (undici().Agent)({ connect: guard.connector(CONNECT_WITHIN_MS) });
      const answer = await undici().request(url, { method: 'POST', headers, body, signal, dispatcher: agent });
      await answer.body.dump({ limit: LEFT_BYTES, signal }).catch(() => {});
      return answer.statusCode;
    },
    close: async (): Promise<void> => agent?.destroy(),
  };
}
