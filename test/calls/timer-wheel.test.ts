import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DELAY_MAX_MS, TICK_MS, TimerWheel } from '../../src/calls/timer-wheel.ts';

const SLOTS = 12;
const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1) + 17;

/** Delays on every level of the wheel, at its edges, and behind its horizon of about nine days. */
const delay = fc.oneof(
  fc.integer({ min: -500, max: 1000 }),
  fc.integer({ min: 0, max: 30 * MINUTE }),
  fc.integer({ min: 0, max: 12 * DAY }),
  fc
    .tuple(
      fc.constantFrom(255, 256, 257, 65_535, 65_536, 65_537, 256 ** 3 - 1, 256 ** 3),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([ticks, more]) => (ticks + more) * TICK_MS),
);
const slot = fc.integer({ min: 1, max: SLOTS });
const step = fc.oneof(
  { arbitrary: fc.record({ op: fc.constant('arm' as const), slot, delay }), weight: 4 },
  {
    arbitrary: fc.record({ op: fc.constant('disarm' as const), slot, delay: fc.constant(0) }),
    weight: 1,
  },
  {
    arbitrary: fc.record({ op: fc.constant('advance' as const), slot: fc.constant(0), delay }),
    weight: 4,
  },
);

/** The wheel beside a plain list of deadlines in its own ticks; every call goes to both. */
class Pair {
  readonly #clock = new Float64Array([START]);
  readonly #wheel = new TimerWheel(SLOTS, this.#clock);
  readonly #due = new Map<number, number>();
  readonly #rearm: (readonly [number, number])[];
  #now = START;
  #tick = Math.floor(START / TICK_MS);

  /** `rearm`: slots and delays that the next firings arm. */
  constructor(rearm: readonly (readonly [number, number])[]) {
    this.#rearm = [...rearm];
    this.#wheel.advance(() => expect.unreachable('nothing is armed'));
  }

  arm(slot: number, delay: number): void {
    const at = this.#now + delay;
    this.#wheel.arm(slot, delay);
    this.#due.set(slot, Math.max(Math.ceil(at / TICK_MS), this.#tick + 1));
  }

  disarm(slot: number): void {
    this.#wheel.disarm(slot);
    this.#due.delete(slot);
  }

  advance(delay: number): void {
    this.#now += delay;
    this.#clock[0] = this.#now;
    const { idle } = this.#wheel;
    const before = this.#due.size;
    this.#wheel.advance((slot) => this.#fired(slot));
    expect(this.#next()).toBeNull();
    if (idle) expect(this.#due.size).toBe(before);
    this.#tick = Math.max(this.#tick, Math.floor(this.#now / TICK_MS));
  }

  #fired(slot: number): void {
    const next = this.#next();
    expect(next?.slots).toContain(slot);
    this.#due.delete(slot);
    this.#tick = next?.tick ?? 0;
    const again = this.#rearm.pop();
    if (again !== undefined) this.arm(...again);
  }

  /** The slots that come due at the next tick that has any, up to now. */
  #next(): { tick: number; slots: readonly number[] } | null {
    const tick = Math.min(...this.#due.values());
    if (tick > Math.floor(this.#now / TICK_MS)) return null;
    return { tick, slots: [...this.#due].flatMap(([key, due]) => (due === tick ? [key] : [])) };
  }
}

describe('TimerWheel', () => {
  test('fires each deadline once, in order of ticks, never early, whatever jumps time makes', () => {
    const steps = fc.array(step, { maxLength: 60 });
    const rearm = fc.array(fc.tuple(slot, delay), { maxLength: 20 });
    fc.assert(
      fc.property(steps, rearm, (list, again) => {
        const pair = new Pair(again);
        for (const { op, slot, delay } of list) {
          if (op === 'arm') pair.arm(slot, delay);
          else if (op === 'disarm') pair.disarm(slot);
          else pair.advance(delay);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('does not walk through the ticks of a silence of fifty years', () => {
    const clock = new Float64Array(1);
    const wheel = new TimerWheel(2, clock);
    const fired: number[] = [];
    const advance = (now: number): void => {
      clock[0] = now;
      wheel.advance((slot) => fired.push(slot));
    };
    advance(0);
    wheel.arm(1, 8 * DAY);
    // Walked tick by tick, 172 thousand million of them, this would run into the test's time-out.
    advance(20_000 * DAY);
    expect(fired).toEqual([1]);
    wheel.arm(2, 200 * DAY);
    advance(20_199 * DAY);
    expect(fired).toEqual([1]);
    advance(20_200 * DAY);
    expect(fired).toEqual([1, 2]);
  });

  test('a deadline further away than a wheel can say waits as long as it can', () => {
    const clock = new Float64Array([START]);
    const wheel = new TimerWheel(1, clock);
    const fired: number[] = [];
    const advance = (now: number): void => {
      clock[0] = now;
      wheel.advance((slot) => fired.push(slot));
    };
    advance(START);
    wheel.arm(1, 30_000 * DAY);
    advance(START + DELAY_MAX_MS - 1);
    expect(fired).toEqual([]);
    advance(START + DELAY_MAX_MS + TICK_MS);
    expect(fired).toEqual([1]);
  });

  test('what is due beside one that throws fires with the next turn', () => {
    const clock = new Float64Array([START]);
    const wheel = new TimerWheel(3, clock);
    const fired: number[] = [];
    wheel.advance(() => undefined);
    for (const slot of [1, 2, 3]) wheel.arm(slot, 100);
    clock[0] = START + 200;
    const broken = (): void => {
      throw new Error('a bug');
    };
    expect(() => wheel.advance(broken)).toThrow('a bug');
    wheel.advance((slot, at) => fired.push(slot, at - START));
    expect(fired).toHaveLength(4);
    expect(fired[1]).toBe(fired[3]);
    expect(fired[1]).toBeLessThan(100 + TICK_MS);
  });

  test('an earlier deadline replaces a later one, and a later one an earlier', () => {
    const clock = new Float64Array([START]);
    const wheel = new TimerWheel(1, clock);
    const fired: number[] = [];
    const advance = (delay: number, mark: number): void => {
      clock[0] = START + delay;
      wheel.advance(() => fired.push(mark));
    };
    advance(0, 0);
    wheel.arm(1, DAY);
    wheel.arm(1, 100);
    advance(200, 1);
    wheel.arm(1, 100);
    wheel.arm(1, DAY);
    advance(1000, 2);
    expect(fired).toEqual([1]);
  });
});
