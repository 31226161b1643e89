import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WsFrameReader } from '../../src/decode/ws-frames.ts';
import { OPCODE, wsFrame } from '../support/ws.ts';

const MAX = 65_536;

/** Reads the bytes in pieces of `step` and lists what was found. */
function read(bytes: Uint8Array, step = bytes.length, max = MAX): string[] {
  const found: string[] = [];
  const reader = new WsFrameReader(max, {
    message: (message) => found.push(`message ${Buffer.from(message).toString('latin1')}`),
    oversize: () => found.push('oversize'),
    ping: () => found.push('ping'),
    close: (code) => found.push(`close ${code}`),
    broken: () => found.push('broken'),
  });
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
  return found;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s|\|/g, ''), 'hex');

/** RFC 6455 section 5.7 gives the first six; the rest are what its sections 5.2 to 5.5 allow and forbid. */
const CASES: readonly (readonly [name: string, bytes: string, found: readonly string[]])[] = [
  ['a text message', '81 05 48656c6c6f', ['message Hello']],
  ['the same, masked', '81 85 37fa213d 7f9f4d5158', ['message Hello']],
  ['two fragments', '01 03 48656c | 80 02 6c6f', ['message Hello']],
  ['a ping', '89 05 48656c6c6f', ['ping']],
  ['a masked pong', '8a 85 37fa213d 7f9f4d5158', []],
  ['a control frame in between', '01 03 48656c | 89 00 | 80 02 6c6f', ['ping', 'message Hello']],
  ['three fragments, one of them empty', '02 01 61 | 00 00 | 80 01 62', ['message ab']],
  ['an empty message', '81 00', ['message ']],
  ['an empty masked message', '82 80 01020304 | 81 01 61', ['message ', 'message a']],
  ['a length in two octets', `82 7e 0003 616263`, ['message abc']],
  ['a length in eight octets', '82 7f 0000000000000003 616263', ['message abc']],
  ['bytes that are no UTF-8', '81 02 fffe', ['message \xff\xfe']],
  ['a close frame with a code and a reason', '88 05 03e9 627965', ['close 1001']],
  ['a masked close frame', '88 82 01020304 02ea', ['close 1000']],
  ['a close frame without a code', '88 00', ['close 1005']],
  ['nothing behind a close frame', '88 00 | 81 01 61', ['close 1005']],
  ['a close frame inside a message', '01 01 61 | 88 02 03e8 | 80 01 62', ['close 1000']],
  ['a reserved bit', 'c1 01 61 | 81 01 61', ['broken']],
  ['an unknown opcode', '83 01 61', ['broken']],
  ['an unknown control frame', '8b 00', ['broken']],
  ['a control frame in fragments', '09 00', ['broken']],
  ['a control frame that is too long', `89 7e 0080 ${'00'.repeat(128)}`, ['broken']],
  ['a continuation of nothing', '80 01 61', ['broken']],
  ['a message inside a message', '01 01 61 | 81 01 62', ['broken']],
  ['a length that nobody can send', '82 7f ffffffffffffffff 61', ['broken']],
  ['HTTP', Buffer.from('HTTP/1.1 200 OK\r\n').toString('hex'), ['broken']],
];

describe('WebSocket frames', () => {
  it.each(CASES)('%s', (_, bytes, found) => {
    expect(read(hex(bytes))).toEqual(found);
    for (const step of [1, 2, 3, 5]) expect(read(hex(bytes), step)).toEqual(found);
  });

  it('keeps the longest message, and skips one that is longer, whole or in fragments', () => {
    const frame = (first: number, length: number) => {
      const head = Buffer.from([first, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
      head.writeUInt32BE(length, 6);
      return Buffer.concat([head, Buffer.alloc(length, 'x')]);
    };
    const next = hex('81 01 61');
    expect(read(frame(0x81, MAX), 1500)).toEqual([`message ${'x'.repeat(MAX)}`]);
    expect(read(Buffer.concat([frame(0x81, MAX + 1), next]), 1500)).toEqual([
      'oversize',
      'message a',
    ]);
    const fragments = [frame(0x01, MAX), frame(0x00, 1), frame(0x80, 5), next];
    expect(read(Buffer.concat(fragments), 999)).toEqual(['oversize', 'message a']);
  });

  it('reads messages in any pieces', () => {
    const message = fc.record({
      data: fc.uint8Array({ maxLength: 300 }),
      mask: fc.boolean(),
      kind: fc.constantFrom('text' as const, 'binary' as const),
      pieces: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.integer({ min: 1, max: 64 }),
        (list, n) => {
          const bytes = list.flatMap(({ data, mask, kind, pieces }) => {
            const size = Math.ceil(data.length / pieces);
            return Array.from({ length: pieces }, (_, i) =>
              wsFrame(data.subarray(i * size, (i + 1) * size), {
                opcode: i === 0 ? OPCODE[kind] : OPCODE.continuation,
                fin: i === pieces - 1,
                ...(mask ? { mask: [1, 2, 3, 250] as const } : {}),
              }),
            );
          });
          const sent = list.map(({ data }) => `message ${Buffer.from(data).toString('latin1')}`);
          expect(read(Buffer.concat(bytes), n)).toEqual(sent);
        },
      ),
    );
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 1, max: 50 }),
        (bytes, n) => {
          const whole = read(bytes, Math.max(bytes.length, 1), 64);
          expect(read(bytes, n, 64)).toEqual(whole);
        },
      ),
    );
  });
});
