import { HeaderFields } from './header-fields.js';

export interface ResponseHead {
  readonly status: number;
  readonly fields: HeaderFields;
}

/** What a parser tells of an answer, in this order: one head, any number of pieces, the end. */
export interface ResponseHandler {
  head(head: ResponseHead): void;
  data(piece: Buffer): void;
  end(): void;
}

/** As much as browsers take. */
export const MOST_HEAD_BYTES = 256 * 1024;
/** Answers that only come before the answer (`103 Early Hints`), and could for ever. */
export const MOST_INFORMATIONAL = 100;
const LONGEST_CHUNK_LINE = 16 * 1024;
/** Before the status line there may be so much of something else, such as an empty line. */
const MOST_SLOP_BYTES = 4;

const LF = 0x0a;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close' | 'ended';

/**
 * Reads one answer of HTTP/1 as Chromium does, which is more than the standard asks for (RFC 9112, 2.2 and 5): lines
 * that end in LF alone, folded lines, spaces before the colon, lines that are no fields (left out), lengths that are
 * none (the body ends with the connection). Throws `Error` with the code `HPE_LENIENT` for what is no HTTP at all.
 */
export class ResponseParser {
  #state: State = 'head';
  #rest: Buffer = Buffer.alloc(0);
  /** Of the body or of the chunk. */
  #leftBytes = 0;
  /** Of the head, what was searched for its end in vain. */
  #searched = 0;
  #informational = 0;

  constructor(
    private readonly handler: ResponseHandler,
    /** Whether what has no head at all is a page, as on the usual port. */
    private readonly takesBare = false,
  ) {}

  get hasHead(): boolean {
    return this.#state !== 'head';
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  write(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (this.#step());
  }

  /** The other side has closed the connection. Returns false when the answer was not whole. */
  finish(): boolean {
    if (this.#state === 'head' && startOfStatusLine(this.#rest) >= 0) {
      // As Chromium: a head that was cut counts as far as it goes.
      this.#rest = Buffer.concat([this.#rest, Buffer.from('\n\n')]);
      while (this.#step());
    }
    if (this.#state === 'until-close') this.#end();
    return this.#state === 'ended';
  }

  /** Whether there may be more to do with what has come. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#head();
      case 'length':
      case 'chunk':
      case 'until-close':
        return this.#data();
      case 'chunk-size':
      case 'chunk-end':
      case 'trailer':
        return this.#line();
      case 'ended':
        return false;
    }
  }

  #head(): boolean {
    const start = startOfStatusLine(this.#rest);
    if (start < 0 && this.#rest.length >= MOST_SLOP_BYTES + 4) return this.#bare();
    const end = endOfHead(this.#rest, Math.max(start, this.#searched));
    this.#searched = end < 0 ? Math.max(0, this.#rest.length - 2) : 0;
    if (end > MOST_HEAD_BYTES || (end < 0 && this.#rest.length > MOST_HEAD_BYTES)) throw tooManyHeaders();
    if (start < 0 || end < 0) return false;
    const { status, fields } = parseHead(this.#rest.toString('latin1', start, end));
    this.#rest = this.#rest.subarray(end);
    // Nobody asked for it, not even for another protocol, and the answer itself follows.
    if (status >= 100 && status < 200) {
      this.#informational += 1;
      if (this.#informational > MOST_INFORMATIONAL) throw notHttp('no answer follows what comes before it');
      return true;
    }
    this.#state = this.#framing(status, fields);
    this.handler.head({ status, fields });
    if (this.#state === 'length' && this.#leftBytes === 0) this.#end();
    return true;
  }

  /** As HTTP had it before it had heads; where it is not usual, only the servers of radio stations may answer so. */
  #bare(): boolean {
    if (!this.takesBare && !/^icy /i.test(this.#rest.toString('latin1', 0, 4)))
      throw notHttp('it does not begin with a status line');
    this.#state = 'until-close';
    this.handler.head({ status: 200, fields: new HeaderFields([]) });
    return true;
  }

  #framing(status: number, fields: HeaderFields): State {
    if (status === 204 || status === 304) return 'length';
    if (fields.list('transfer-encoding').some((coding) => coding.toLowerCase() === 'chunked')) return 'chunk-size';
    const lengths = new Set(fields.list('content-length'));
    if (lengths.size > 1) throw notHttp(`it states ${lengths.size} lengths: ${[...lengths].join(', ')}`);
    const [length = ''] = lengths;
    if (!/^\d{1,15}$/.test(length)) return 'until-close';
    this.#leftBytes = Number(length);
    return 'length';
  }

  #data(): boolean {
    const isLimited = this.#state !== 'until-close';
    const piece = isLimited ? this.#rest.subarray(0, this.#leftBytes) : this.#rest;
    if (piece.length === 0) return false;
    this.#rest = this.#rest.subarray(piece.length);
    if (isLimited) this.#leftBytes -= piece.length;
    this.handler.data(piece);
    if (!isLimited || this.#leftBytes > 0) return false;
    if (this.#state === 'chunk') this.#state = 'chunk-end';
    else this.#end();
    return true;
  }

  /** A line between chunks. */
  #line(): boolean {
    const end = this.#rest.indexOf(LF);
    // No size can follow any more, whether or not the line ends.
    const isNoSize = this.#state === 'chunk-size' && /^[^\s\da-f]/i.test(this.#rest.toString('latin1', 0, 1));
    if (isNoSize) throw notHttp('a chunk has no size');
    if (end < 0 && this.#rest.length > LONGEST_CHUNK_LINE) throw notHttp('a line between chunks does not end');
    if (end < 0) return false;
    const line = this.#rest.toString('latin1', 0, end).trim();
    this.#rest = this.#rest.subarray(end + 1);
    if (this.#state === 'trailer') {
      if (line === '') this.#end();
    } else if (this.#state === 'chunk-end') {
      if (line !== '') throw notHttp('a chunk is longer than it says');
      this.#state = 'chunk-size';
    } else {
      const [size = ''] = line.split(';');
      if (!/^[\da-f]{1,12}\s*$/i.test(size)) throw notHttp(`a chunk has no size: "${line.slice(0, 40)}"`);
      this.#leftBytes = Number.parseInt(size, 16);
      this.#state = this.#leftBytes === 0 ? 'trailer' : 'chunk';
    }
    return true;
  }

  #end(): void {
    this.#state = 'ended';
    this.handler.end();
  }
}

/** -1 when there is none within the bytes that may precede it. */
function startOfStatusLine(bytes: Buffer): number {
  const found = bytes
    .toString('latin1', 0, MOST_SLOP_BYTES + 4)
    .toLowerCase()
    .indexOf('http');
  return found <= MOST_SLOP_BYTES ? found : -1;
}

/** Behind the empty line; -1 when it has not come yet. */
function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

function parseHead(head: string): ResponseHead {
  const [statusLine = '', ...lines] = head.replaceAll('\0', '').split(/[\r\n]+/);
  const status = Number(/^http\S*\s+(\d{3})/i.exec(statusLine)?.[1] ?? 200);
  const fields: [name: string, value: string][] = [];
  let isField = false;
  for (const line of lines) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line)) {
      // A folded line goes on where the one before ended, if that was a field.
      if (isField && last) last[1] = trimmed(`${last[1]} ${trimmed(line)}`);
      continue;
    }
    const colon = line.indexOf(':');
    const name = trimmed(line.slice(0, Math.max(0, colon)));
    isField = TOKEN.test(name);
    if (isField) fields.push([name.toLowerCase(), trimmed(line.slice(colon + 1))]);
  }
  return { status, fields: new HeaderFields(fields) };
}

/** Only these two are spaces here: others may be bytes of another encoding. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '');
}

/** As the strict parser's own complaints: it will be the same when it is asked for again. */
export function notHttp(reason: string): Error {
  return Object.assign(new Error(reason), { code: 'HPE_LENIENT' });
}

function tooManyHeaders(): Error {
  return Object.assign(new Error(`more than ${MOST_HEAD_BYTES / 1024} KiB`), { code: 'UND_ERR_HEADERS_OVERFLOW' });
}
