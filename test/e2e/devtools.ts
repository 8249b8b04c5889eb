import { WebSocket } from 'undici';
import { until } from '../fixtures/patience.js';

/**
 * Chromium by its own protocol alone. Playwright tells each page that it is the one that is looked at, so a tab that it
 * has opened is never hidden: here the last tab that was opened is in front, and hides the others.
 */
export class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const answer: Answer = JSON.parse(String(data));
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
  }

  /** @param address `ws://…`, as Chromium says it when it starts. */
  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address);
    await new Promise((opened, failed) => {
      socket.addEventListener('open', opened);
      socket.addEventListener('error', failed);
    });
    return new DevTools(socket);
  }

  close(): void {
    this.#socket.close();
  }

  async send<Result = unknown>(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    this.#asked += 1;
    const id = this.#asked;
    const { result, error } = await new Promise<Answer>((answered) => {
      this.#waiting.set(id, answered);
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as Result;
  }

  /** A new tab, in front of all others. */
  async open(url: string): Promise<FrontTab> {
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', { url });
    const attach = { targetId, flatten: true };
    const { sessionId } = await this.send<{ sessionId: string }>('Target.attachToTarget', attach);
    return new FrontTab(this, sessionId);
  }
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export class FrontTab {
  constructor(
    readonly devTools: DevTools,
    readonly sessionId: string,
  ) {}

  /** Runs code in each document that comes, before the document's own. */
  async beforeEachPage(source: string): Promise<void> {
    await this.devTools.send('Page.enable', {}, this.sessionId);
    await this.devTools.send('Page.addScriptToEvaluateOnNewDocument', { source }, this.sessionId);
  }

  /** The value of an expression in the document that is there now, promises awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result } = await this.devTools.send<{ result: { value: T } }>(
      'Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise: true },
      this.sessionId,
    );
    return result.value;
  }

  /** The first value of the expression that is neither false nor empty, in whichever document. */
  async until<T>(expression: string): Promise<Exclude<T, false | null>> {
    // A document that is just being left answers nothing.
    return until(expression, () => this.evaluate<T>(expression).catch(() => null));
  }
}
