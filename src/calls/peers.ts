/** What a peer is to the PBX. `unknown` is only the role of `other`. */
export const PEER_ROLES = [
  'carrier',
  'agent',
  'pbx',
  'ivr',
  'queue',
  'voicemail',
  'proxy',
  'unknown',
] as const;
export type PeerRole = (typeof PEER_ROLES)[number];

/** A configured peer; `ranges` are CIDR blocks over the 16-byte address form (IPv4 as ::ffff:a.b.c.d). */
export interface Peer {
  readonly name: string;
  readonly role: PeerRole;
  readonly ranges: readonly AddressRange[];
}

export interface AddressRange {
  /** 16 bytes. */
  readonly address: Uint8Array;
  /** 0–128 bits. */
  readonly prefix: number;
}

/** Index 0: every address that no peer lists. */
export const OTHER_PEER: Peer = { name: 'other', role: 'unknown', ranges: [] };

interface Route {
  readonly peer: number;
  readonly range: AddressRange;
}

/** The configured peers, `other` first. The longest matching prefix wins. */
export class Peers {
  readonly list: readonly Peer[];
  readonly #routes: readonly Route[];

  constructor(configured: readonly Peer[]) {
    this.list = [OTHER_PEER, ...configured];
    this.#routes = this.list
      .flatMap((peer, index) => peer.ranges.map((range) => ({ peer: index, range })))
      .sort((a, b) => b.range.prefix - a.range.prefix);
  }

  /** New index by old one, matched by name, for what was kept under the indices of `old`; 0 for who is gone. */
  indicesAfter(old: Peers): Uint16Array {
    return Uint16Array.from(old.list, ({ name }) =>
      Math.max(
        0,
        this.list.findIndex((peer) => peer.name === name),
      ),
    );
  }

  name(index: number): string {
    return (this.list[index] ?? OTHER_PEER).name;
  }

  role(index: number): PeerRole {
    return (this.list[index] ?? OTHER_PEER).role;
  }

  /** Index of the peer that lists the 16-byte address at `offset`; 0 when none does. */
  match(bytes: Uint8Array, offset: number): number {
    for (const { peer, range } of this.#routes) if (contains(range, bytes, offset)) return peer;
    return 0;
  }
}

function contains(range: AddressRange, bytes: Uint8Array, offset: number): boolean {
  const whole = range.prefix >> 3;
  for (let i = 0; i < whole; i++) if (bytes[offset + i] !== range.address[i]) return false;
  const rest = range.prefix & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return (((bytes[offset + whole] ?? 0) ^ (range.address[whole] ?? 0)) & mask) === 0;
}
