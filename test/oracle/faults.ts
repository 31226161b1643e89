import type { OracleCall } from './generate.ts';
import type { Wire } from './network.ts';
import { Random } from './random.ts';

/** One message as it reaches the observer. */
export interface Arrival {
  /** ms from the start of the run. */
  readonly at: number;
  /** The tap's own clock, ms from the start of the run. */
  readonly capturedAt: number;
  readonly tap: number;
  readonly wire: Wire;
}

/**
 * What the network between taps and observer does to the messages of one call. Pure; the random numbers are the call's
 * own, so that a call suffers the same alone and among thousands.
 */
export type Fault = (messages: readonly Arrival[], random: Random) => readonly Arrival[];

export const clean: Fault = (messages) => messages;

/** Every message comes twice from the same tap, the second time up to 400 ms later. */
export const duplicated: Fault = (messages, random) =>
  messages.flatMap((message) => [message, { ...message, at: message.at + random.int(0, 400) }]);

/** Every message is up to `windowMs` late; its capture time stays. */
export function reordered(windowMs: number): Fault {
  return (messages, random) =>
    messages.map((message) => ({ ...message, at: message.at + random.int(0, windowMs) }));
}

/** Every tap is late by an amount of its own, up to `maxMs`; what it saw stays in order. */
export function delayed(maxMs: number): Fault {
  return (messages, random) => {
    const late = new Map<number, number>();
    return messages.map((message) => {
      const delay = late.get(message.tap) ?? random.int(0, maxMs);
      late.set(message.tap, delay);
      return { ...message, at: message.at + delay };
    });
  };
}

/** A second tap sees every message too; its clock is wrong by `skewMs`, and both are some ms late. */
export function mirrored(skewMs: number): Fault {
  return (messages, random) =>
    messages.flatMap((message) => [
      { ...message, at: message.at + random.int(0, 40) },
      {
        wire: message.wire,
        tap: message.tap + 5000,
        at: message.at + random.int(0, 40),
        capturedAt: message.capturedAt + skewMs,
      },
    ]);
}

/** Time is told in steps of `stepMs`: much seems to happen at once. What came first still comes first. */
export function coarse(stepMs: number): Fault {
  const floor = (ms: number): number => Math.floor(ms / stepMs) * stepMs;
  return (messages) =>
    messages.map((message) => ({
      ...message,
      at: floor(message.at),
      capturedAt: floor(message.capturedAt),
    }));
}

/** Every message is lost with probability `rate`. */
export function lossy(rate: number): Fault {
  return (messages, random) => messages.filter(() => !random.chance(rate));
}

/** One after the other, the first nearest to the wire. */
export function both(first: Fault, second: Fault): Fault {
  return (messages, random) => second(first(messages, random), random);
}

export interface Stream {
  /** In order of arrival. */
  readonly arrivals: readonly Arrival[];
  /** For each call, which of its messages got through. */
  readonly seen: readonly ReadonlySet<Wire>[];
}

/** Puts calls on one time line, a new one every `gapMs`, so that thousands are in progress together. */
export function interleave(calls: readonly OracleCall[], fault: Fault, gapMs: number): Stream {
  const arrivals: Arrival[] = [];
  const seen = calls.map(({ seed, wires }, index) => {
    const start = 1000 + index * gapMs;
    const messages = wires.map((wire): Arrival => {
      const at = start + wire.at;
      return { at, capturedAt: at, tap: wire.tap, wire };
    });
    const through = fault(messages, new Random(Math.imul(seed, 0x85ebca6b)));
    for (const arrival of through) arrivals.push(arrival);
    return new Set(through.map(({ wire }) => wire));
  });
  arrivals.sort((a, b) => a.at - b.at);
  return { arrivals, seen };
}
