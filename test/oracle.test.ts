import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENDINGS } from './oracle/endings.ts';
import {
  both,
  clean,
  coarse,
  delayed,
  duplicated,
  type Fault,
  interleave,
  lossy,
  mirrored,
  reordered,
} from './oracle/faults.ts';
import { GAPS, gapsOf } from './oracle/gaps.ts';
import { generateCall, type OracleCall } from './oracle/generate.ts';
import { classes, type Judged, judge } from './oracle/judge.ts';
import { type Replayed, replay } from './oracle/replay.ts';

/** Calls of each run; a long run sets it to as many as it likes. */
const CALLS = Number(process.env.CALLFATE_ORACLE_CALLS ?? 1000);
/** Seeds, divided by commas, to replay alone and show; and the fault they suffer. */
const SEEDS = process.env.CALLFATE_ORACLE_SEEDS ?? '';
const FAULT = process.env.CALLFATE_ORACLE_FAULT ?? 'clean';
/** A new call every so many ms: most of a thousand are in progress together. */
const GAP_MS = 10;
const LIMIT_MS = 60_000 + CALLS * 60;

/** Streams that hold everything that was sent. */
const WHOLE: Readonly<Record<string, Fault>> = {
  clean,
  duplicated,
  reordered: reordered(200),
  delayed: delayed(400),
  mirrored: mirrored(3000),
  'mirrored far': mirrored(-60_000),
  'coarse clock': coarse(20),
  'all at once': both(mirrored(1000), both(duplicated, reordered(100))),
};
const LOSSY: Readonly<Record<string, Fault>> = {
  'loss 1 %': lossy(0.01),
  'loss 5 %': lossy(0.05),
  'loss 20 %': lossy(0.2),
};

function seeds(from: number, count: number): OracleCall[] {
  return Array.from({ length: count }, (_, i) => generateCall(from + i));
}

interface Run {
  readonly replayed: Replayed;
  readonly complaints: readonly string[];
  readonly rates: Readonly<Partial<Record<Judged, number>>>;
}

function run(
  calls: readonly OracleCall[],
  name: string,
  fault: Fault,
  payload: 'sip' | 'hep' = 'hep',
): Run {
  const { arrivals, seen } = interleave(calls, fault, GAP_MS);
  const replayed = replay(arrivals, payload);
  const judged = judge(calls, replayed.verdicts, name in LOSSY ? seen : null);
  const rates: Partial<Record<Judged, number>> = {};
  for (const { judged: what } of judged) rates[what] = (rates[what] ?? 0) + 1;
  const observed = judged.filter((one) => one.observed).length;
  const shares = Object.entries(rates).map(([what, count]) => `${what} ${count}`);
  const observedShare = ((100 * observed) / judged.length).toFixed(1);
  process.stdout.write(
    `oracle ${name}: ${judged.length} calls, ${arrivals.length} messages, ${shares.join(', ')}, ` +
      `observed ${observedShare} %\n`,
  );
  return { replayed, complaints: classes(judged), rates };
}

/** Nothing stays behind, both laws held after every message, and nothing was malformed. */
function expectOrder({ replayed }: Run): void {
  expect(replayed.broken).toBeNull();
  expect(replayed.left).toBe(0);
  expect(replayed.counters.malformed).toBe(0);
}

describe('generator', () => {
  const FOLDER = join(import.meta.dirname, 'oracle');

  test('imports nothing of what it judges', () => {
    const files = readdirSync(FOLDER).filter((file) => file !== 'replay.ts');
    const imports = files.flatMap((file) =>
      [
        ...readFileSync(join(FOLDER, file), 'utf8').matchAll(
          /^(?:import|export|\}).*from '([^']+)';$/gm,
        ),
      ].map(([, path]) => path ?? ''),
    );
    expect(imports.length).toBeGreaterThan(10);
    expect(imports.filter((path) => !/^\.\/[a-z]+\.ts$/.test(path))).toEqual([]);
    expect(imports).not.toContain('./replay.ts');
  });

  test('writes the same call for the same seed', () => {
    expect(generateCall(4711)).toEqual(generateCall(4711));
    expect(generateCall(4711).callId).not.toBe(generateCall(4712).callId);
  });

  test('comes to every ending', () => {
    const endings = new Set(seeds(1, 3000).map(({ ending }) => ending));
    expect(ENDINGS.map(({ name }) => name).filter((name) => !endings.has(name))).toEqual([]);
  });
});

if (SEEDS !== '') {
  test.each(SEEDS.split(',').map(Number))('seed %i', (seed) => {
    const call = generateCall(seed);
    const fault = { ...WHOLE, ...LOSSY }[FAULT] ?? clean;
    const { arrivals, seen } = interleave([call], fault, GAP_MS);
    const { verdicts } = replay(arrivals, 'hep');
    const judged = judge([call], verdicts, FAULT in LOSSY ? seen : null);
    const lines = arrivals.map(
      ({ at, capturedAt, tap, wire }) =>
        `${at.toFixed(0).padStart(8)} ${(capturedAt - at).toFixed(0).padStart(6)} tap ${tap} ${wire.label}`,
    );
    const shapes = [...call.shapes].join(' ');
    process.stdout.write(`${shapes}\n${lines.join('\n')}\n${judged[0]?.complaint ?? ''}\n`);
    for (const { evidence, branches } of verdicts) {
      process.stdout.write(`${JSON.stringify(evidence, null, 1)}\n${JSON.stringify(branches)}\n`);
    }
    expect(judged.map(({ complaint }) => complaint)).toEqual(['']);
  });
} else {
  const calls = seeds(1, CALLS);

  describe('streams that hold every message give exactly the true verdicts', () => {
    test.each(Object.entries(WHOLE))(
      '%s',
      (name, fault) => {
        const known = calls.filter((call) => gapsOf(call, name).length === 0);
        const outcome = run(known, name, fault);
        expectOrder(outcome);
        expect(outcome.complaints).toEqual([]);
        expect(outcome.replayed.counters.started).toBe(known.length);
      },
      LIMIT_MS,
    );

    test(
      'as bare SIP',
      () => {
        const known = calls.filter((call) => gapsOf(call, 'clean').length === 0);
        const outcome = run(known, 'bare SIP', clean, 'sip');
        expectOrder(outcome);
        expect(outcome.complaints).toEqual([]);
      },
      LIMIT_MS,
    );
  });

  describe('with losses every call ends once, and no verdict is confident and wrong', () => {
    test.each(Object.entries(LOSSY))(
      '%s',
      (name, fault) => {
        const known = calls.filter((call) => gapsOf(call, name).length === 0);
        const outcome = run(known, name, fault);
        expectOrder(outcome);
        expect(outcome.complaints).toEqual([]);
      },
      LIMIT_MS,
    );
  });

  test('callers that share a number stay apart when a hop copy comes first', () => {
    const trunk = Array.from({ length: 300 }, (_, i) => generateCall(i + 1, '4930123456'));
    const known = trunk.filter((call) => gapsOf(call, 'reordered').length === 0);
    expect(run(known, 'reordered', reordered(200)).complaints).toEqual([]);
  });

  describe('known gaps', () => {
    const many = seeds(1, 3000);

    test('have a name and an explanation each', () => {
      expect(new Set(GAPS.map((gap) => gap.name)).size).toBe(GAPS.length);
      expect(GAPS.filter((gap) => gap.why === '')).toEqual([]);
    });

    test.fails.each(GAPS)('$name', (gap) => {
      const { shownBy } = gap;
      const found = many.filter((call) => {
        const [first, second] = gapsOf(call, shownBy);
        return first === gap && second === undefined;
      });
      const fault = { ...WHOLE, ...LOSSY }[shownBy] ?? clean;
      expect(run(found, shownBy, fault).complaints).toEqual([]);
    });
  });
}
