import { describe, expect, test } from 'vitest';
import { JOIN_HEADERS, PEERS, SIGNS, SUFFIXES } from './oracle/bridge.ts';
import { BRIDGED } from './oracle/bridged.ts';
import { type BridgedCall, generateBridged, type RunPlan } from './oracle/bridges.ts';
import {
  both,
  clean,
  delayed,
  duplicated,
  type Fault,
  interleave,
  lossy,
  mirrored,
  reordered,
} from './oracle/faults.ts';
import { classes } from './oracle/judge.ts';
import { LEG_GAPS } from './oracle/leggaps.ts';
import { type CallSaid, judgeBridged, keyOf, overtaken } from './oracle/legjudge.ts';
import { type Replayed, replay, type Setting } from './oracle/replay.ts';

/** Calls of each run; a long run sets it to as many as it likes. */
const CALLS = Number(process.env.CALLFATE_ORACLE_CALLS ?? 700);
/** Seeds, divided by commas, to replay alone and show; and the fault they suffer. */
const SEEDS = process.env.CALLFATE_ORACLE_SEEDS ?? '';
const FAULT = process.env.CALLFATE_ORACLE_FAULT ?? 'clean';
/** A new call every so many ms. */
const GAP_MS = 10;
const LIMIT_MS = 60_000 + CALLS * 60;

const WHOLE: Readonly<Record<string, Fault>> = {
  clean,
  duplicated,
  reordered: reordered(200),
  delayed: delayed(400),
  mirrored: mirrored(3000),
  'mirrored far': mirrored(-60_000),
  'all at once': both(mirrored(1000), both(duplicated, reordered(100))),
};
const LOSSY: Readonly<Record<string, Fault>> = {
  'loss 1 %': lossy(0.01),
  'loss 5 %': lossy(0.05),
  'loss 20 %': lossy(0.2),
};

/** Clocks that disagree put legs in order only by arrival: the B2BUA takes longer than packets may be late. */
const PACED: Readonly<Record<string, RunPlan>> = {
  mirrored: { paceMs: 60 },
  'mirrored far': { paceMs: 60 },
  'all at once': { paceMs: 160 },
};

const JOIN = { headers: [...JOIN_HEADERS], callIdSuffixes: [...SUFFIXES] };
const KNOWN: Setting = {
  peers: PEERS.map((peer) => ({ ...peer, addresses: [...peer.addresses], hosts: [], users: [] })),
  join: JOIN,
};
const UNKNOWN: Setting = { join: JOIN };

/** The verdicts, each with the legs that it is about. */
function saidIn({ verdicts, legs }: Replayed): CallSaid[] {
  let next = 0;
  return verdicts.map((verdict) => {
    const members = legs.slice(next, next + verdict.legs.length).map(keyOf);
    next += verdict.legs.length;
    return { ...verdict, members };
  });
}

interface Options {
  readonly payload?: 'sip' | 'hep';
  readonly setting?: Setting;
  readonly ambiguous?: boolean;
  /** No call is excused that another one's packets overtook. */
  readonly wholly?: boolean;
}

function run(calls: readonly BridgedCall[], name: string, fault: Fault, options: Options = {}) {
  const { payload = 'hep', setting = KNOWN, ambiguous = false, wholly = false } = options;
  const { arrivals, seen } = interleave(calls, fault, GAP_MS);
  const replayed = replay(arrivals, payload, setting);
  const late = overtaken(calls, arrivals);
  const judged = judgeBridged(calls, saidIn(replayed), {
    peers: setting.peers !== undefined,
    seen: name in LOSSY ? seen : null,
    overtaken: wholly ? new Set() : late,
    ambiguous,
  });
  const right = judged.filter((one) => one.judged === 'true').length;
  const { merged } = replayed.counters;
  process.stdout.write(
    `legs ${name}: ${calls.length} calls, ${arrivals.length} messages, ${merged} joins, ` +
      `${replayed.counters.ambiguous} ambiguous, ${late.size} overtaken, ${right} right\n`,
  );
  return { replayed, arrivals, complaints: classes(judged) };
}

function expectOrder({ replayed }: { readonly replayed: Replayed }): void {
  expect(replayed.broken).toBeNull();
  expect(replayed.left).toBe(0);
  expect(replayed.counters.malformed).toBe(0);
}

const seeds = (count: number, plan: RunPlan = {}): BridgedCall[] =>
  Array.from({ length: count }, (_, i) => generateBridged(i + 1, plan));

describe('generator', () => {
  test('writes the same call for the same seed', () => {
    expect(generateBridged(4711)).toEqual(generateBridged(4711));
    expect(generateBridged(4711).callId).not.toBe(generateBridged(4712).callId);
  });

  test('comes to every ending and every sign', () => {
    const shapes = new Set(seeds(1000).flatMap((call) => [...call.shapes]));
    const wanted = [...BRIDGED.map(({ name }) => name), ...SIGNS.map((sign) => `sign-${sign}`)];
    expect(wanted.filter((name) => !shapes.has(name))).toEqual([]);
  });
});

if (SEEDS !== '') {
  test.each(SEEDS.split(',').map(Number))('seed %i', (seed) => {
    const { replayed, arrivals, complaints } = run(
      [generateBridged(seed, PACED[FAULT])],
      FAULT,
      { ...WHOLE, ...LOSSY }[FAULT] ?? clean,
    );
    const lines = arrivals.map(({ at, capturedAt, tap, wire }) => {
      const times = `${at.toFixed(0).padStart(8)} ${(capturedAt - at).toFixed(0).padStart(6)}`;
      return `${times} tap ${tap} ${wire.from} ${wire.to} ${wire.label}`;
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    for (const { legs, joined, reason, endedBy, direction, evidence } of replayed.verdicts) {
      const said = { legs, joined, reason, endedBy, direction, evidence };
      process.stdout.write(`${JSON.stringify(said, null, 1)}\n`);
    }
    expect(complaints).toEqual([]);
  });
} else {
  describe('streams that hold every message give exactly the true legs and verdicts', () => {
    test.each(Object.entries(WHOLE))(
      '%s',
      (name, fault) => {
        const calls = seeds(CALLS, PACED[name]);
        const outcome = run(calls, name, fault);
        expectOrder(outcome);
        expect(outcome.complaints).toEqual([]);
        expect(outcome.replayed.counters.started).toBe(calls.flatMap(({ legs }) => legs).length);
      },
      LIMIT_MS,
    );

    test('no peer configured', () => {
      const outcome = run(seeds(CALLS), 'no peers', clean, { setting: UNKNOWN });
      expectOrder(outcome);
      expect(outcome.complaints).toEqual([]);
    });

    test('as bare SIP, which has no correlation id', () => {
      const calls = seeds(CALLS).filter(({ sign }) => sign !== 'correlation');
      const outcome = run(calls, 'bare SIP', clean, { payload: 'sip' });
      expectOrder(outcome);
      expect(outcome.complaints).toEqual([]);
    });
  });

  describe('with losses no verdict is confident and wrong', () => {
    test.each(Object.entries(LOSSY))(
      '%s',
      (name, fault) => {
        const outcome = run(seeds(CALLS), name, fault);
        expectOrder(outcome);
        expect(outcome.complaints).toEqual([]);
      },
      LIMIT_MS,
    );
  });

  describe('many callers of one number at once', () => {
    const simple = BRIDGED.filter((row) => row.simple && row.early);
    /** Longer than all calls take to begin, shorter than any takes to be answered. */
    const hotline = { hotline: '08001', rows: simple, paceMs: 400 };
    const few = (plan: RunPlan): BridgedCall[] => seeds(30, plan);

    test.each(SIGNS.filter((sign) => sign !== 'inferred' && sign !== 'hidden'))(
      'are told apart by %s, in any order',
      (sign) => {
        const calls = few({ ...hotline, sign });
        for (const fault of [clean, reordered(200)]) {
          expect(run(calls, `hotline ${sign}`, fault).complaints).toEqual([]);
        }
      },
    );

    test.each(['session_id', 'header', 'suffix'] as const)(
      'are told apart by %s although packets overtake each other',
      (sign) => {
        const calls = seeds(300, { hotline: '08001', rows: simple, sign });
        expect(run(calls, `hotline ${sign}`, reordered(200)).complaints).toEqual([]);
      },
    );

    test('stay apart and are counted where nothing but the number is there', () => {
      const outcome = run(few({ ...hotline, sign: 'inferred' }), 'hotline', clean, {
        ambiguous: true,
      });
      expectOrder(outcome);
      expect(outcome.complaints).toEqual([]);
      expect(outcome.replayed.counters).toMatchObject({ ambiguous: 30, merged: 0 });
    });
  });

  describe('known gaps', () => {
    test.fails.each(LEG_GAPS)('$name', ({ fault, plan, wholly }) => {
      const calls = seeds(300, plan);
      expect(run(calls, fault, WHOLE[fault] ?? clean, { wholly }).complaints).toEqual([]);
    });
  });
}
