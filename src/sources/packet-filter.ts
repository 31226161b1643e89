import { fail, ok, type Result } from '../lib/result.ts';

/** One instruction of a classic BPF program (linux/filter.h, `struct sock_filter`). */
export interface Instruction {
  readonly code: number;
  /** Instructions to pass over when a comparison holds, and when not. */
  readonly jt: number;
  readonly jf: number;
  /** Unsigned. */
  readonly k: number;
}

/** What a code is put together of (linux/bpf_common.h). */
const CLASS_MASK = 0x07;
const SIZE_MASK = 0x18;
const MODE_MASK = 0xe0;
const CLASS = { load: 0x00, loadIndex: 0x01 } as const;
const HALF_WORD = 0x08;
const MODE = { absolute: 0x20, indirect: 0x40, headerLength: 0xa0 } as const;
const LOAD_WORD = CLASS.load | MODE.absolute;
const LOAD_NUMBER = 0x00;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;

/** Offsets from here on are no bytes of the packet, but what the kernel knows of it (linux/filter.h, SKF_AD_OFF). */
const ANCILLARY = 0xffff_f000;
const ABOUT = { protocol: 0, packetType: 4, interface: 8, hardwareType: 28 } as const;
/** Above are negative numbers: places that the kernel finds by itself. */
const NEGATIVE = 0x8000_0000;
/** linux/if_packet.h: the packet leaves this host. */
const PACKET_OUTGOING = 4;

/** Instructions that the kernel takes, and bytes of each. */
export const FILTER_MAX = 4096;
const INSTRUCTION = 8;
const BYTE_MAX = 0xff;
const WORD_MAX = 0xffff_ffff;

/** LINKTYPE_LINUX_SLL: 16 bytes that a cooked socket does not show; what stands in them, as the kernel knows it. */
const COOKED_HEADER = 16;
const COOKED_FIELDS: ReadonlyMap<number, number> = new Map([
  [0, ABOUT.packetType],
  [2, ABOUT.hardwareType],
  [14, ABOUT.protocol],
]);

/** Every packet, whole. */
export const EVERYTHING: readonly Instruction[] = [{ code: RETURN, jt: 0, jf: 0, k: 262_144 }];
/** None. */
export const NOTHING: readonly Instruction[] = [{ code: RETURN, jt: 0, jf: 0, k: 0 }];

/** Reads what `tcpdump -ddd` prints: how many instructions, then `code jt jf k` of each, a line each. */
export function parseFilter(text: string): Result<readonly Instruction[], string> {
  const [count, ...lines] = text.trim().split('\n');
  const program = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const isSound = ([code, jt, jf, k]: readonly number[]): boolean =>
    fits(code, 0xffff) && fits(jt, BYTE_MAX) && fits(jf, BYTE_MAX) && fits(k, WORD_MAX);
  const isWhole = Number(count) === program.length && program.length > 0;
  if (!isWhole || program.length > FILTER_MAX || !program.every(isSound))
    return fail('tcpdump -ddd gave no filter');
  return ok(program.map(([code = 0, jt = 0, jf = 0, k = 0]) => ({ code, jt, jf, k })));
}

/**
 * A program made for LINKTYPE_LINUX_SLL, for a cooked socket (SOCK_DGRAM): that shows a packet from its network layer on,
 * and what stands in the header before has to be asked of the kernel. Fails where it cannot be.
 */
export function cookedFilter(
  program: readonly Instruction[],
): Result<readonly Instruction[], string> {
  const cooked: Instruction[] = [];
  for (const instruction of program) {
    const k = readsPacket(instruction) ? cookedOffset(instruction) : instruction.k;
    if (k === null) return fail('the filter looks at link addresses');
    cooked.push({ ...instruction, k });
  }
  return ok(cooked);
}

/**
 * Before a program: packets that leave through the interface with this index are not taken. Loopback shows each packet
 * twice, on its way out and on its way in; tcpdump passes over the first one too.
 */
export function withoutOutgoing(
  program: readonly Instruction[],
  index: number,
): readonly Instruction[] {
  return [
    { code: LOAD_WORD, jt: 0, jf: 0, k: ANCILLARY + ABOUT.packetType },
    { code: JUMP_IF_EQUAL, jt: 0, jf: 3, k: PACKET_OUTGOING },
    { code: LOAD_WORD, jt: 0, jf: 0, k: ANCILLARY + ABOUT.interface },
    { code: JUMP_IF_EQUAL, jt: 0, jf: 1, k: index },
    { code: RETURN, jt: 0, jf: 0, k: 0 },
    // The program begins as if nothing had been before it.
    { code: LOAD_NUMBER, jt: 0, jf: 0, k: 0 },
    ...program,
  ];
}

/** As the kernel takes it on a little-endian host: an array of `struct sock_filter`. */
export function encodeFilter(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION);
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    const at = i * INSTRUCTION;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(jt, at + 2);
    bytes.writeUInt8(jf, at + 3);
    bytes.writeUInt32LE(k, at + 4);
  }
  return bytes;
}

function fits(value: number | undefined, most: number): boolean {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= most;
}

function readsPacket({ code }: Instruction): boolean {
  const [kind, mode] = [code & CLASS_MASK, code & MODE_MASK];
  if (kind === CLASS.load) return mode === MODE.absolute || mode === MODE.indirect;
  return kind === CLASS.loadIndex && mode === MODE.headerLength;
}

function cookedOffset({ code, k }: Instruction): number | null {
  if (k >= NEGATIVE) return k;
  if (k >= COOKED_HEADER) return k - COOKED_HEADER;
  const field = COOKED_FIELDS.get(k);
  const isField =
    (code & MODE_MASK) === MODE.absolute &&
    (code & CLASS_MASK) === CLASS.load &&
    (code & SIZE_MASK) === HALF_WORD;
  return field === undefined || !isField ? null : ANCILLARY + field;
}
