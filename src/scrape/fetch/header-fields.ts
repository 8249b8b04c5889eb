/** The header fields of an answer, in the order in which they came. Values are the raw bytes as Latin-1. */
export class HeaderFields {
  /** By name: there may be tens of thousands, and each is asked for several times. */
  readonly #values = new Map<string, string[]>();

  constructor(fields: readonly (readonly [name: string, value: string])[]) {
    for (const [name, value] of fields) {
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  /** Of undici's list, where each name is followed by its value. */
  static fromRaw(raw: readonly (Buffer | string)[]): HeaderFields {
    const fields: [string, string][] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) {
      fields.push([latin1(raw[i] as Buffer | string).toLowerCase(), latin1(raw[i + 1] as Buffer | string)]);
    }
    return new HeaderFields(fields);
  }

  /** `name` in lower case. Empty when there is none. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Null when there is none. */
  first(name: string): string | null {
    return this.#values.get(name)?.[0] ?? null;
  }

  /** All values of a list field, whether on one line or on several. Commas within quotation marks part nothing. */
  list(name: string): string[] {
    return this.all(name).flatMap((line) => (line.match(LIST_ELEMENT) ?? []).flatMap((each) => each.trim() || []));
  }
}

const LIST_ELEMENT = /(?:"(?:[^"\\]|\\.)*(?:"|$)|[^",])+/gs;

function latin1(bytes: Buffer | string): string {
  return typeof bytes === 'string' ? bytes : bytes.toString('latin1');
}
