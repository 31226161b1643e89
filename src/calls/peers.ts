import type { PEER_ROLES } from '../lib/peer-roles.ts';
import { Pattern } from '../sip/pattern.ts';

/** What a peer is to the PBX. `unknown` is only the role of `other`. */
export type PeerRole = (typeof PEER_ROLES)[number] | 'unknown';

/** A configured peer; `ranges` are CIDR blocks over the 16-byte address form (IPv4 as ::ffff:a.b.c.d). */
export interface Peer {
  readonly name: string;
  readonly role: PeerRole;
  readonly ranges: readonly AddressRange[];
  /** Patterns of the host and of the user in From or Request-URI; absent or empty: any. */
  readonly hosts?: readonly string[];
  readonly users?: readonly string[];
}

/** A peer that is told by name, alone or among those of its address. */
interface NamedPeer {
  readonly peer: number;
  readonly ranges: readonly AddressRange[];
  readonly hosts: readonly Pattern[];
  readonly users: readonly Pattern[];
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

/**
 * The configured peers, `other` first. The longest matching prefix wins. A peer with hosts or users goes before that when
 * its addresses fit as well; one without addresses only counts where no address is listed, because names can be forged.
 */
export class Peers {
  readonly list: readonly Peer[];
  readonly #routes: readonly Route[];
  readonly #named: readonly NamedPeer[];

  constructor(configured: readonly Peer[]) {
    this.list = [OTHER_PEER, ...configured];
    this.#routes = this.list
      .flatMap((peer, index) =>
        isNamed(peer) ? [] : peer.ranges.map((range) => ({ peer: index, range })),
      )
      .sort((a, b) => b.range.prefix - a.range.prefix);
    this.#named = this.list.flatMap((peer, index) => (isNamed(peer) ? [named(peer, index)] : []));
  }

  /** True when some peer is told by host or user. */
  get hasNames(): boolean {
    return this.#named.length > 0;
  }

  /**
   * Index of the peer told by the 16-byte address at `offset` and by user and host, as offsets in the slab; `plain`,
   * what the address alone says, when no name fits.
   */
  refine(
    plain: number,
    bytes: Uint8Array,
    offset: number,
    user: Int32Array,
    host: Int32Array,
  ): number {
    let byName = 0;
    for (const { peer, ranges, hosts, users } of this.#named) {
      if (!fits(hosts, host) || !fits(users, user)) continue;
      if (ranges.some((range) => contains(range, bytes, offset))) return peer;
      if (ranges.length === 0 && byName === 0) byName = peer;
    }
    return plain === 0 ? byName : plain;
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

function isNamed({ hosts = [], users = [] }: Peer): boolean {
  return hosts.length + users.length > 0;
}

function named({ ranges, hosts = [], users = [] }: Peer, peer: number): NamedPeer {
  const patterns = (texts: readonly string[]) => texts.map((text) => new Pattern(text));
  return { peer, ranges, hosts: patterns(hosts), users: patterns(users) };
}

function fits(patterns: readonly Pattern[], range: Int32Array): boolean {
  const [start = 0, end = 0] = range;
  return patterns.length === 0 || patterns.some((pattern) => pattern.matches(start, end));
}

function contains(range: AddressRange, bytes: Uint8Array, offset: number): boolean {
  const whole = range.prefix >> 3;
  for (let i = 0; i < whole; i++) if (bytes[offset + i] !== range.address[i]) return false;
  const rest = range.prefix & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return (((bytes[offset + whole] ?? 0) ^ (range.address[whole] ?? 0)) & mask) === 0;
}
