import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HepStreamReader } from '../../src/decode/hep-stream.ts';

function packet(body: Uint8Array, name = 'HEP3'): Buffer {
  const head = Buffer.from(`${name}\0\0`);
  head.writeUInt16BE(6 + body.length, 4);
  return Buffer.concat([head, body]);
}

function read(bytes: Uint8Array, step = Math.max(bytes.length, 1)) {
  const found: string[] = [];
  const runs: number[] = [];
  const reader = new HepStreamReader(
    (bytes, count) => {
      const before = found.length;
      for (let at = 0; at < bytes.length; ) {
        const end = at + Buffer.from(bytes).readUInt16BE(at + 4);
        found.push(Buffer.from(bytes.subarray(at, end)).toString('latin1'));
        at = end;
      }
      expect(found.length - before).toBe(count);
      expect(bytes.length).toBeLessThanOrEqual(65_536);
      runs.push(count);
    },
    () => found.push('broken'),
  );
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
  return { found, pending: reader.pending, runs };
}

const A = packet(Buffer.from('first'));
const B = packet(Buffer.from('second'), 'EEP3');

describe('a stream of HEP packets', () => {
  const cases: readonly (readonly [string, Buffer, readonly string[], boolean])[] = [
    ['two packets', Buffer.concat([A, B]), ['HEP3\0\x0bfirst', 'EEP3\0\x0csecond'], false],
    ['an empty packet', packet(Buffer.alloc(0)), ['HEP3\0\x06'], false],
    ['the start of a packet', A.subarray(0, 8), [], true],
    ['the start of a header', A.subarray(0, 3), [], true],
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n'), ['broken'], false],
    [
      'garbage behind a packet',
      Buffer.concat([A, Buffer.from('xxxxxx'), B]),
      ['HEP3\0\x0bfirst', 'broken'],
      false,
    ],
    ['a length below the header', Buffer.from('HEP3\0\x05'), ['broken'], false],
    ['HEP 2, which has no stream', Buffer.from('02100211aabbccdd', 'hex'), ['broken'], false],
  ];
  it.each(cases)('%s', (_, bytes, found, pending) => {
    for (const step of [bytes.length, 1, 2, 5]) {
      expect(read(bytes, step)).toMatchObject({ found, pending });
    }
  });

  it('comes apart the same way in any pieces, and never throws', () => {
    const one = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((body) => packet(body)),
      fc.uint8Array({ maxLength: 20 }).map((body) => Buffer.from(body)),
    );
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        (list, step) => {
          const bytes = Buffer.concat(list);
          const { found, pending } = read(bytes);
          expect(read(bytes, step)).toMatchObject({ found, pending });
        },
      ),
    );
  });

  it('hands on together what lies in one piece whole, up to 64 KiB', () => {
    const many = Buffer.concat(Array.from({ length: 9000 }, () => A));
    expect(read(many).runs).toEqual([5957, 3043]);
    expect(read(Buffer.concat([A, B, A.subarray(0, 7)])).runs).toEqual([2]);
    expect(read(Buffer.concat([A, B, A]), 30).runs).toEqual([2, 1]);
  });

  it('takes the longest packet', () => {
    const bytes = packet(Buffer.alloc(65_529, 'x'));
    expect(read(Buffer.concat([bytes, A]), 1400).found.map((text) => text.length)).toEqual([
      65_535, 11,
    ]);
  });
});
