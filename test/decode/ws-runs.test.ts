import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WsFrameReader } from '../../src/decode/ws-frames.ts';
import { RunRoom, WsRunReader } from '../../src/decode/ws-runs.ts';
import type { WsFrameEvents } from '../../src/sources/source.ts';
import { OPCODE, wsFrame } from '../support/ws.ts';

const MAX = 65_536;

function listing(found: string[]): WsFrameEvents {
  return {
    message: (message) => found.push(`message ${Buffer.from(message).toString('latin1')}`),
    oversize: () => found.push('oversize'),
    ping: () => found.push('ping'),
    close: (code) => found.push(`close ${code}`),
    broken: () => found.push('broken'),
  };
}

/** What the reader of all frames finds. */
function readAll(bytes: Buffer): string[] {
  const found: string[] = [];
  new WsFrameReader(MAX, listing(found)).push(bytes);
  return found;
}

function messagesOf(run: Uint8Array): Buffer[] {
  const bytes = Buffer.from(run);
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + 4;
    at = start + bytes.readUInt32LE(at);
    messages.push(bytes.subarray(start, at));
  }
  return messages;
}

/** What the two readers find together, when the stream comes in pieces of these lengths. */
function readRuns(bytes: Buffer, steps: readonly number[]): string[] {
  const found: string[] = [];
  const events = listing(found);
  const others = new WsFrameReader(MAX, events);
  const reader = new WsRunReader(
    MAX,
    {
      messages: (run, count) => {
        const messages = messagesOf(run);
        expect(messages).toHaveLength(count);
        for (const message of messages) events.message(message);
      },
      others: (rest) => others.push(rest),
      left: () => {},
    },
    new RunRoom(),
  );
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const step = steps[i % steps.length] ?? 1;
    // A copy that is written over: nobody may keep the chunk.
    const chunk = Buffer.from(bytes.subarray(at, at + step));
    reader.push(chunk);
    at += step;
  }
  reader.leave();
  return found;
}

const mask = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ maxLength: 300 }).map((text) => Uint8Array.from(Buffer.from(text))),
  fc.constantFrom('', '\r\n\r\n', '\r\nOPTIONS').map((text) => Uint8Array.from(Buffer.from(text))),
);
const plain = fc
  .tuple(payload, fc.constantFrom(OPCODE.text, OPCODE.binary, OPCODE.ping, OPCODE.pong), mask)
  .map(([bytes, opcode, key]) => wsFrame(bytes.subarray(0, 125), { opcode, mask: key }));
const large = fc
  .tuple(fc.integer({ min: 126, max: MAX }), mask)
  .map(([length, key]) => wsFrame(Buffer.alloc(length, 'z'), { opcode: OPCODE.binary, mask: key }));
const any = fc
  .tuple(payload, fc.nat(10), fc.boolean(), mask)
  .map(([bytes, opcode, fin, key]) => wsFrame(bytes, { opcode, fin, mask: key }));

describe('runs of WebSocket messages', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 9 });

  it('have what the reader of all frames finds, however the stream is cut', () => {
    const frames = fc.array(fc.oneof({ weight: 8, arbitrary: plain }, any), { maxLength: 30 });
    fc.assert(
      fc.property(frames, steps, (list, cuts) => {
        const bytes = Buffer.concat(list);
        expect(readRuns(bytes, cuts)).toEqual(readAll(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('end where the next message has no room', () => {
    fc.assert(
      fc.property(fc.array(large, { minLength: 1, maxLength: 4 }), (list) => {
        const bytes = Buffer.concat(list);
        expect(readRuns(bytes, [bytes.length])).toEqual(readAll(bytes));
        expect(readRuns(bytes, [16_384])).toEqual(readAll(bytes));
      }),
      { numRuns: 30 },
    );
  });
});
