import { getSystemErrorName } from 'node:util';
import { readInterfaceDrops } from './interface-drops.ts';
import type { PacketCalls } from './packet-calls.ts';
import { encodeFilter, type Instruction, NOTHING, withoutOutgoing } from './packet-filter.ts';
import type { RingHandle } from './ring-handle.ts';

/** Bytes of a block: any packet but the very longest that offloading makes fits in one. */
export const BLOCK_BYTES = 131_072;
const BLOCKS_MIN = 2;
/**
 * A block with packets in it is handed over after this at the latest, ms, so that a quiet interface is read too. It is full
 * then, whatever is in it: short times would leave a small ring little time to bridge.
 */
const RETIRE = { least: 20, most: 100, ring: 10_000 } as const;
/** The kernel checks it and does not use it. */
const FRAME_BYTES = 2048;

/** socket(7), packet(7), linux/if_packet.h; the same on all architectures that `whyNotNative` lets pass. */
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const NO_PROTOCOL = 0;
const ETH_P_ALL = 3;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_ATTACH_FILTER = 26;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V3 = 2;
const PACKET_MR_PROMISC = 1;
/** netdevice(7), `struct ifreq`: bytes, and where the value stands behind the name. */
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
const REQUEST = { size: 40, nameMax: 15, value: 16 } as const;
/** linux/if_arp.h. */
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

/** All interfaces, also in the language of tcpdump. */
const ANY = 'any';
const LOOPBACK = 'lo';

/** What an error means, where its name alone does not tell. */
const ADVICE: Readonly<Record<string, string>> = {
  EPERM: 'it needs CAP_NET_RAW: run as root, or give callfate that capability',
  ENETDOWN: 'the interface is down',
};

/**
 * A packet socket with a TPACKET_V3 ring (Documentation/networking/packet_mmap.rst): memory that the kernel writes the
 * packets of an interface to, in blocks, and that is read where it lies. What cannot be done throws one clear line.
 */
export class PacketSocket {
  /** `ethernet`: packets begin with their link header. `cooked`: with their network layer, whatever the link. */
  readonly link: 'ethernet' | 'cooked';
  /** The ring. Not to be touched after `close`. */
  memory = new ArrayBuffer(0);
  readonly #calls: PacketCalls;
  readonly #handle: RingHandle;
  readonly #descriptor: number;
  /** 0: all interfaces. */
  readonly #index: number;
  /** Index of the interface whose packets are seen twice; 0: there is none. */
  readonly #loopback: number;
  readonly #name: string;
  /** What the interface itself had dropped before, and since. */
  readonly #missedBefore: number;
  #missed = 0;
  #received = 0;
  #dropped = 0;

  /** For no protocol yet: not a packet comes before the filter is there. */
  constructor(calls: PacketCalls, handle: RingHandle, name: string) {
    this.#calls = calls;
    this.#handle = handle;
    this.#name = name;
    this.#missedBefore = readInterfaceDrops(name);
    this.link = name === ANY ? 'cooked' : 'ethernet';
    const type = name === ANY ? SOCK_DGRAM : SOCK_RAW;
    this.#descriptor = calls.socket(AF_PACKET, type | SOCK_CLOEXEC, NO_PROTOCOL);
    if (this.#descriptor < 0) throw new Error(reasonOf(calls.error()));
    handle.holdSocket(this.#descriptor);
    this.#index = name === ANY ? 0 : this.#indexOf(name);
    const hardware = name === ANY ? ARPHRD_LOOPBACK : this.#hardwareOf(name);
    if (hardware !== ARPHRD_ETHER && hardware !== ARPHRD_LOOPBACK)
      throw new Error(`${name} is no Ethernet (type ${hardware} of linux/if_arp.h)`);
    const loopback = name === ANY ? LOOPBACK : name;
    this.#loopback = hardware === ARPHRD_LOOPBACK ? this.#indexOf(loopback) : 0;
  }

  /** Only packets that the program takes come in. */
  filter(program: readonly Instruction[]): void {
    const whole = this.#loopback === 0 ? program : withoutOutgoing(program, this.#loopback);
    if (!this.#attach(whole))
      throw new Error(`the kernel does not take the filter (${this.#calls.error()})`);
  }

  /** Makes the ring, of as many whole blocks as have room, and at least two. */
  map(kib: number): void {
    const blocks = Math.max(BLOCKS_MIN, Math.floor((kib * 1024) / BLOCK_BYTES));
    const frames = blocks * (BLOCK_BYTES / FRAME_BYTES);
    const bytes = blocks * BLOCK_BYTES;
    this.#set(PACKET_VERSION, words(TPACKET_V3), 'a ring of version 3');
    // struct tpacket_req3: sizes and numbers of blocks and frames, ms to hand over, private bytes, features.
    const request = words(BLOCK_BYTES, blocks, FRAME_BYTES, frames, retireMs(blocks), 0, 0);
    this.#set(PACKET_RX_RING, request, `a ring of ${bytes} bytes`);
    const address = this.#calls.mmap(this.#descriptor, bytes);
    if (address === -1) throw new Error(`a ring of ${bytes} bytes: ${this.#calls.error()}`);
    this.#handle.holdMemory(address, bytes);
    this.memory = this.#calls.view(address, bytes);
  }

  /** From now on packets come in. */
  bind(): void {
    if (this.#index !== 0) this.#promiscuous();
    // struct sockaddr_ll: family, protocol in network order, interface.
    const address = Buffer.alloc(20);
    address.writeUInt16LE(AF_PACKET, 0);
    address.writeUInt16BE(ETH_P_ALL, 2);
    address.writeInt32LE(this.#index, 4);
    if (this.#calls.bind(this.#descriptor, address, address.length) < 0)
      throw new Error(reasonOf(this.#calls.error()));
    const problem = this.problem();
    if (problem !== null) throw new Error(problem);
  }

  /** What is wrong with the interface; null: nothing. Each is told once. */
  problem(): string | null {
    const code = Buffer.alloc(4);
    if (!this.#get(SOL_SOCKET, SO_ERROR, code)) return reasonOf(this.#calls.error());
    const error = code.readInt32LE(0);
    return error === 0 ? null : reasonOf(getSystemErrorName(-error));
  }

  /** Packets that came into the ring, and that found no room, there or in the interface itself, since it was made. */
  counts(): { readonly received: number; readonly dropped: number } {
    // struct tpacket_stats_v3: packets with those dropped, drops, how often the ring was full. Reading sets them to 0.
    const statistics = Buffer.alloc(12);
    if (this.#handle.isHeld && this.#get(SOL_PACKET, PACKET_STATISTICS, statistics)) {
      const dropped = statistics.readUInt32LE(4);
      this.#dropped += dropped;
      this.#received += statistics.readUInt32LE(0) - dropped;
    }
    // A driver that is loaded anew begins at 0.
    this.#missed = Math.max(this.#missed, readInterfaceDrops(this.#name) - this.#missedBefore);
    return { received: this.#received, dropped: this.#dropped + this.#missed };
  }

  /** Takes no more packets in. What is there stays, and is handed over in the end. */
  refuse(): void {
    this.#attach(NOTHING);
  }

  close(): void {
    this.counts();
    this.#handle.release();
  }

  /** Also packets for others, as on a port that mirrors a switch. It ends with the socket. */
  #promiscuous(): void {
    // struct packet_mreq: interface, type, and an address that this type has not.
    const membership = Buffer.alloc(16);
    membership.writeInt32LE(this.#index, 0);
    membership.writeUInt16LE(PACKET_MR_PROMISC, 4);
    this.#set(PACKET_ADD_MEMBERSHIP, membership, 'promiscuous mode');
  }

  #indexOf(name: string): number {
    return this.#ask(name, SIOCGIFINDEX).readInt32LE(REQUEST.value);
  }

  #hardwareOf(name: string): number {
    return this.#ask(name, SIOCGIFHWADDR).readUInt16LE(REQUEST.value);
  }

  #ask(name: string, request: number): Buffer {
    const asked = Buffer.alloc(REQUEST.size);
    asked.write(name.slice(0, REQUEST.nameMax), 'latin1');
    const isKnown =
      name.length <= REQUEST.nameMax && this.#calls.ioctl(this.#descriptor, request, asked) >= 0;
    if (!isKnown) throw new Error(`there is no interface ${name}`);
    return asked;
  }

  #attach(program: readonly Instruction[]): boolean {
    const instructions = encodeFilter(program);
    // struct sock_fprog: how many, and behind a gap where.
    const filter = Buffer.alloc(16);
    filter.writeUInt16LE(program.length, 0);
    filter.writeBigUInt64LE(this.#calls.address(instructions), 8);
    const { setsockopt } = this.#calls;
    return setsockopt(this.#descriptor, SOL_SOCKET, SO_ATTACH_FILTER, filter, filter.length) >= 0;
  }

  #set(option: number, value: Buffer, what: string): void {
    const { setsockopt, error } = this.#calls;
    if (setsockopt(this.#descriptor, SOL_PACKET, option, value, value.length) < 0)
      throw new Error(`${what}: ${reasonOf(error())}`);
  }

  #get(level: number, option: number, value: Buffer): boolean {
    const size = words(value.length);
    return this.#calls.getsockopt(this.#descriptor, level, option, value, size) >= 0;
  }
}

/** So that a ring of this many blocks bridges ten seconds of few packets, as far as that may be. */
function retireMs(blocks: number): number {
  return Math.min(RETIRE.most, Math.max(RETIRE.least, Math.ceil(RETIRE.ring / blocks)));
}

function reasonOf(error: string): string {
  return ADVICE[error] ?? error;
}

/** Unsigned words of 32 bits, as C lays them out on a little-endian host. */
function words(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}
