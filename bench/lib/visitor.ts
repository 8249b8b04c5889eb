import { Client } from 'undici';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string;
  /** Of the header `Tobiishi-Run`; null on an answer that is not about a run. */
  readonly run: { readonly status: string; readonly seq: number; readonly total: number } | null;
}

export type RunAnswer = Answer & { readonly run: NonNullable<Answer['run']> };

/** Somebody with a cookie jar and one connection that is kept open: a browser without its work. */
export class Visitor {
  readonly #client: Client;

  /** `cookies`: of somebody who goes on here. */
  constructor(
    readonly origin: string,
    readonly cookies = new Map<string, string>(),
  ) {
    this.#client = new Client(origin, { keepAliveTimeout: 120_000, headersTimeout: 600_000, bodyTimeout: 600_000 });
  }

  async get(path: string): Promise<Answer> {
    return this.#request('GET', path);
  }

  /** Fills in and sends a job's form; answers the run's path. */
  async start(job: string, fields: Readonly<Record<string, string | number>> = {}): Promise<string> {
    const form = await this.get(`/jobs/${job}`);
    const token = /name="_csrf" value="([^"]+)"/.exec(form.text)?.[1];
    if (token === undefined) throw new Error(`no form at /jobs/${job}: ${form.status} ${form.text}`);
    const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
    const body = new URLSearchParams([['job', job], ['_csrf', token], ...texts]).toString();
    const answer = await this.#request('POST', '/runs', body);
    if (answer.status !== 303) throw new Error(`the run did not start: ${answer.status} ${answer.text}`);
    return answer.location;
  }

  /** Asks for the steps after `seq`, up to `pages` times or until the run is over; answers the last page. */
  async follow(path: string, seq: number, pages = Infinity): Promise<RunAnswer> {
    for (let page = 1, next = seq; ; page += 1) {
      const answer = await this.get(`${path}?seq=${next}`);
      const { run, status, text } = answer;
      if (run === null || status !== 200) throw new Error(`${path}: ${status} ${text}`);
      if (run.status !== 'running' || page === pages) return { ...answer, run };
      next = run.seq;
    }
  }

  /** The bytes of a download, thrown away; answers how many there were. */
  async download(path: string): Promise<number> {
    const { statusCode, body } = await this.#client.request({ path, method: 'GET', headers: this.#headers });
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`);
    let bytes = 0;
    for await (const chunk of body) bytes += chunk.length;
    return bytes;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  get #headers(): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { accept: 'text/html', 'accept-language': 'en', ...(cookie && { cookie }) };
  }

  async #request(method: 'GET' | 'POST', path: string, form?: string): Promise<Answer> {
    const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { ...this.#headers, ...type };
    const answer = await this.#client.request({ path, method, headers, body: form ?? null });
    const set = answer.headers['set-cookie'];
    for (const line of typeof set === 'string' ? [set] : (set ?? [])) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
    }
    const said = /^status=(\w+); seq=(\d+); total=(\d+)$/.exec(String(answer.headers['tobiishi-run'] ?? ''));
    return {
      status: answer.statusCode,
      text: await answer.body.text(),
      location: String(answer.headers['location'] ?? ''),
      run: said && { status: String(said[1]), seq: Number(said[2]), total: Number(said[3]) },
    };
  }
}
