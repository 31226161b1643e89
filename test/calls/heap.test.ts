/**
 * The hot path allocates nothing: HEP, scan and tracker on messages that end no call. Heap use is read around windows
 * of messages; a window in which the collector ran shows less, so the median counts, and a loop that does allocate
 * shows that the meter works.
 */
import { describe, expect, test } from 'vitest';
import type { FrameMeta } from '../../src/sources/source.ts';
import { encodeHep } from '../support/hep.ts';
import { Rig, request, response, T0 } from '../support/sip.ts';

const BOUND = 16;
const WARM_UP = 20;
const WINDOWS = 15;
const CALLS = 400;

/** Stands for the number of a call in a frame, and is overwritten there. */
const MARK = '@@@@@@@@';

interface Template {
  readonly bytes: Buffer;
  readonly marks: readonly number[];
}

function template(payload: string): Template {
  const bytes = encodeHep({ payload, captureId: 7, at: T0 });
  const marks: number[] = [];
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) marks.push(at);
  return { bytes, marks };
}

function write({ bytes, marks }: Template, call: number): Buffer {
  for (const mark of marks) {
    let rest = call;
    for (let i = MARK.length - 1; i >= 0; i--) {
      bytes[mark + i] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
  return bytes;
}

const o = {
  id: `${MARK}@pbx.example.com`,
  from: `f${MARK}`,
  to: `t${MARK}`,
  b: MARK,
  caller: MARK,
  callee: `9${MARK}`,
};
/** A set-up through a proxy, and a repeat. */
const SETUP = [
  request('>', 'INVITE', { ...o, sdp: 'sendrecv' }),
  request('>', 'INVITE', { ...o, hop: 2, sdp: 'sendrecv' }),
  request('>', 'INVITE', { ...o, sdp: 'sendrecv' }),
].map(template);
/** What happens to a call that goes on: progress with a Reason, answer, hold. */
const PROGRESS = [
  response('<', 100, 'INVITE', o),
  response('<', 180, 'INVITE', { ...o, hop: 2 }),
  response('<', 180, 'INVITE', o),
  response('<', 183, 'INVITE', { ...o, sdp: 'sendrecv', headers: ['Reason: Q.850;cause=34'] }),
  response('<', 200, 'INVITE', { ...o, sdp: 'sendrecv' }),
  request('>', 'ACK', o),
  request('>', 'REINVITE', { ...o, n: 2, sdp: 'sendonly' }),
  response('<', 200, 'INVITE', { ...o, n: 2, to: o.to }),
  request('<', 'INFO', o),
].map(template);

/** Median heap bytes that one turn of `body` costs; `prepare` does what is not measured. */
function median(body: (turn: number) => void, prepare: (turn: number) => void = () => {}): number {
  const costs: number[] = [];
  for (let window = 0; window < WARM_UP + WINDOWS; window++) {
    const first = window * CALLS;
    for (let turn = first; turn < first + CALLS; turn++) prepare(turn);
    const before = process.memoryUsage().heapUsed;
    for (let turn = first; turn < first + CALLS; turn++) body(turn);
    const after = process.memoryUsage().heapUsed;
    if (window >= WARM_UP) costs.push((after - before) / CALLS);
  }
  return costs.sort((a, b) => a - b)[WINDOWS >> 1] ?? Number.NaN;
}

class Traffic {
  readonly rig = new Rig({ tracker: { capacity: 2 ** 15 } });
  readonly #meta: FrameMeta = {
    source: 1,
    arrivedAt: T0,
    payload: 'hep',
    transport: 17,
    addresses: new Uint8Array(36),
  };

  send(messages: readonly Template[], call: number): void {
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i] as Template;
      this.rig.pipeline.accept(write(message, call), this.#meta);
    }
  }

  /** All that was sent was understood, and no call ended. */
  check(): void {
    const { counters } = this.rig;
    expect(counters.started).toBe((WARM_UP + WINDOWS) * CALLS);
    expect(counters.ended).toBe(0);
    expect(counters.orphans.reduce((a, b) => a + b)).toBe(0);
    expect(counters.limits.reduce((a, b) => a + b)).toBe(0);
  }
}

describe('heap', () => {
  test(`messages of calls in progress take fewer than ${BOUND} bytes each`, () => {
    const traffic = new Traffic();
    const cost = median(
      (call) => traffic.send(PROGRESS, call),
      (call) => traffic.send(SETUP, call),
    );
    traffic.check();
    expect(cost / PROGRESS.length).toBeLessThan(BOUND);
  });

  test(`messages that set calls up take fewer than ${BOUND} bytes each`, () => {
    const traffic = new Traffic();
    const cost = median((call) => traffic.send(SETUP, call));
    traffic.check();
    expect(cost / SETUP.length).toBeLessThan(BOUND);
  });

  test('the meter sees one small object a message', () => {
    const kept: unknown[] = new Array(CALLS * PROGRESS.length);
    const cost = median((turn) => {
      for (let i = 0; i < PROGRESS.length; i++) {
        kept[(turn % CALLS) * PROGRESS.length + i] = { turn, at: turn + 0.5 };
      }
    });
    expect(cost / PROGRESS.length).toBeGreaterThan(BOUND);
  });
});
