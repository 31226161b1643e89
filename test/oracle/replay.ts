import type { Ended } from '../../src/calls/call.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import { type Config, DEFAULTS } from '../../src/config/schema.ts';
import { Engine } from '../../src/engine.ts';
import { engineOptions } from '../../src/engine-options.ts';
import { type FrameMeta, SOURCES } from '../../src/sources/source.ts';
import { encodeAddresses, encodeHep } from '../support/hep.ts';
import type { Arrival } from './faults.ts';

/** 2026-01-01; a stream's times are ms from here. */
const EPOCH = Date.UTC(2026, 0, 1);
/** After the last message: longer than every time-out of the default configuration. */
const SILENCE_MS = 15_000_000;

export interface Replayed {
  /** In order of their end. */
  readonly verdicts: readonly Verdict[];
  /** The legs that they are about. */
  readonly legs: readonly Ended[];
  /** The first message after which a conservation law did not hold; null when they always did. */
  readonly broken: string | null;
  /** Attempts and embryos left in the table at the end. */
  readonly left: number;
  readonly counters: {
    readonly started: number;
    readonly orphans: number;
    readonly stragglers: number;
    readonly malformed: number;
    readonly limits: number;
    readonly merged: number;
    readonly ambiguous: number;
    readonly late: number;
  };
}

/** What differs from the default configuration. */
export interface Setting {
  readonly peers?: Config['peers'];
  readonly join?: Partial<Config['calls']['join']>;
}

/** Sends a stream through the whole engine in this thread, as HEP packets or as bare SIP messages. */
export function replay(
  stream: readonly Arrival[],
  payload: FrameMeta['payload'],
  setting: Setting = {},
): Replayed {
  const verdicts: Verdict[] = [];
  const legs: Ended[] = [];
  const defaults = engineOptions(configOf(setting), 'oracle');
  const engine = new Engine(
    { ...defaults, seed: [1, 2], tracker: { ...defaults.tracker, capacity: 16_384 } },
    (verdict, of) => {
      verdicts.push(verdict);
      legs.push(...of);
    },
  );
  let broken: string | null = null;
  for (const arrival of stream) {
    const frame = payload === 'hep' ? hepFrame(arrival) : sipFrame(arrival);
    engine.pipeline.accept(frame.bytes, frame.meta);
    broken ??= brokenLaw(engine, verdicts.length, arrival);
  }
  const end = EPOCH + (stream.at(-1)?.at ?? 0);
  for (const later of [1000, 10_000, 100_000, SILENCE_MS]) {
    engine.tracker.advance(end + later);
    broken ??= brokenLaw(engine, verdicts.length, null);
  }
  const { counters } = engine.tracker;
  const { started, orphans, stragglers, limits } = counters;
  return {
    verdicts,
    legs,
    broken,
    left: engine.tracker.occupied,
    counters: {
      started,
      stragglers,
      orphans: sum(orphans),
      limits: sum(limits),
      merged: counters.callsMerged,
      ambiguous: counters.ambiguousJoins,
      late: counters.lateJoins,
      malformed: sum(engine.pipeline.health.discards.malformed),
    },
  };
}

function configOf({ peers = [], join = {} }: Setting): Config {
  const calls = { ...DEFAULTS.calls, join: { ...DEFAULTS.calls.join, ...join } };
  return { ...DEFAULTS, peers, calls };
}

/** Both conservation laws, held against what the engine gave out and what its table holds. */
function brokenLaw({ tracker }: Engine, emitted: number, at: Arrival | null): string | null {
  const { active, callsOpen, occupied } = tracker;
  const { started, ended, callsOpened, callsClosed, callsMerged } = tracker.counters;
  const holds =
    started === ended + active &&
    callsOpened === callsClosed + callsOpen + callsMerged &&
    callsClosed === emitted &&
    active >= 0 &&
    active <= occupied;
  if (holds) return null;
  const where = at === null ? 'at the end' : `after ${at.wire.label} at ${at.at}`;
  const attempts = `started ${started} ended ${ended} active ${active} occupied ${occupied}`;
  const calls = `opened ${callsOpened} closed ${callsClosed} open ${callsOpen} emitted ${emitted}`;
  return `${attempts}; ${calls} ${where}`;
}

function hepFrame({ at, capturedAt, tap, wire }: Arrival): { bytes: Buffer; meta: FrameMeta } {
  const bytes = encodeHep({
    payload: wire.bytes,
    src: wire.from,
    dst: wire.to,
    transport: wire.transport,
    at: EPOCH + capturedAt,
    captureId: tap,
    ...(wire.correlation === undefined ? {} : { correlationId: wire.correlation }),
  });
  return { bytes, meta: metaOf('hep', EPOCH + at, wire.transport, new Uint8Array(36)) };
}

function sipFrame({ at, wire }: Arrival): { bytes: Buffer; meta: FrameMeta } {
  const addresses = encodeAddresses(wire.from, wire.to);
  return { bytes: wire.bytes, meta: metaOf('sip', EPOCH + at, wire.transport, addresses) };
}

function metaOf(
  payload: FrameMeta['payload'],
  arrivedAt: number,
  transport: number,
  addresses: Uint8Array,
): FrameMeta {
  const source = SOURCES.indexOf(payload === 'hep' ? 'hep_udp' : 'library');
  return { source, arrivedAt, payload, transport, addresses };
}

function sum(cells: Float64Array): number {
  return cells.reduce((total, cell) => total + cell, 0);
}
