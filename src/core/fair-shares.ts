/** A visitor, or the network that a visitor comes from. Free text. */
export type Owner = string;

/** Who asks for something that costs the server something. */
export interface Asker {
  /** Empty for somebody who is not known yet. */
  readonly visitorId: string;
  /** Null where it is not known. */
  readonly network: string | null;
  /** The IP address, which the abuse log keeps. Default: it is not known. */
  readonly address?: string | null;
}

/** For whom shares are taken. */
export function ownersOf({ visitorId, network }: Asker): Owner[] {
  return [`visitor ${visitorId}`, ...(network === null ? [] : [`network ${network}`])];
}

/** The one of them that nobody can have many of, where it is known. */
export function ownerOf(asker: Asker): Owner {
  return ownersOf(asker).at(-1) ?? '';
}

/**
 * A fixed amount of something (slots, bytes, connections) that owners share. Nobody may hold more than is still free: one
 * owner alone gets half, two get a third each, and something is always left for whoever comes next. (The dynamic threshold
 * of Choudhury and Hahne, 1998, which switches use for their buffers.)
 */
export class FairShares {
  readonly #held = new Map<Owner, number>();
  #free: number;

  constructor(total: number) {
    this.#free = total;
  }

  /** How much each of `owners` may take now. An owner who holds nothing yet may have one, as long as there is one. */
  room(owners: readonly Owner[]): number {
    if (this.#free < 1) return 0;
    let room = this.#free;
    for (const owner of owners) {
      const held = this.held(owner);
      // Taking makes what is free less: afterwards as much may be held as is free.
      room = Math.min(room, Math.max(held === 0 ? 1 : 0, Math.floor((this.#free - held) / 2)));
    }
    return room;
  }

  /** Takes up to `amount` for all of `owners` together, and answers how much. Whoever takes gives it back. */
  take(owners: readonly Owner[], amount: number): number {
    const taken = Math.max(0, Math.min(amount, this.room(owners)));
    this.move(owners, taken);
    return taken;
  }

  /** Takes `amount` even if it is not there: then nobody takes anything until enough has been given back. */
  move(owners: readonly Owner[], amount: number): void {
    if (amount === 0) return;
    this.#free -= amount;
    for (const owner of owners) {
      const held = this.held(owner) + amount;
      if (held > 0) this.#held.set(owner, held);
      else this.#held.delete(owner);
    }
  }

  give(owners: readonly Owner[], amount: number): void {
    this.move(owners, -amount);
  }

  /** Below nothing where more was moved than there is. */
  get free(): number {
    return this.#free;
  }

  held(owner: Owner): number {
    return this.#held.get(owner) ?? 0;
  }
}
