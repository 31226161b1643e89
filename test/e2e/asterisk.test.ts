/**
 * SIPp → Asterisk (res_hep, HEP v3 over UDP with a key) → SIPp, and callfate ← Prometheus beside it. Each scenario
 * asserts the whole growth of the counters, read from Prometheus alone, and then the one log line of each call: its two
 * or more legs joined, with one verdict.
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  type AsteriskScenario,
  asteriskScenarios,
  type ExpectedCall,
} from './asterisk-scenarios.ts';
import {
  type Asterisk,
  asteriskIn,
  findAsterisk,
  placeCallsAt,
  RECORDED,
  RELEASES,
  replayCalls,
} from './rig/asterisk.ts';
import { EXACT_FAMILIES, growth } from './rig/growth.ts';
import { increments, type Scrape } from './rig/prometheus.ts';
import { Stack } from './rig/stack.ts';
import {
  canRun,
  expectLaws,
  expectOneOf,
  expectVerdicts,
  SETTLE_MS,
  showLogsOnFailure,
} from './rig/suite.ts';

const PBX = '127.0.0.1:5060';
/** Calls per scenario that does not say how many. */
const CALLS = 2;

const ready = canRun('SIPp through Asterisk');

interface Suite {
  readonly name: string;
  readonly major: number;
  /** Absent: its tapes are played. */
  readonly asterisk?: Asterisk;
}

function suites(): readonly Suite[] {
  const found = RELEASES.map(findAsterisk).filter((one) => one !== undefined);
  const live = found.map((asterisk) => ({
    name: `Asterisk ${asterisk.major} of Debian ${asterisk.release}`,
    major: asterisk.major,
    asterisk,
  }));
  if (found.some(({ release }) => release === RECORDED.release)) return live;
  return [...live, { name: `Asterisk ${RECORDED.major} as recorded`, major: RECORDED.major }];
}

for (const release of RELEASES) {
  if (findAsterisk(release) !== undefined) continue;
  const why = `Asterisk of Debian ${release}: skipped, missing: bash .ci/asterisk`;
  console.warn(why);
  test.skip(why, () => {});
}

describe.runIf(ready).for(suites())('$name', ({ major, asterisk }) => {
  let stack: Stack;
  /** The last settled scrape: growth is counted from there, so that nothing between two tests escapes. */
  let settled: Scrape | undefined;

  beforeAll(async () => {
    stack = await Stack.open('asterisk', {
      callfate: 'callfate-asterisk.yml',
      ...(asterisk && { pbx: (directory: string) => asteriskIn(directory, asterisk) }),
    });
  });
  afterAll(async () => {
    await stack?.close();
  });

  describe.for(asteriskScenarios(major))('$name', (scenario) => {
    const { name, count = CALLS } = scenario;
    const ways = expectedWays(scenario, count);
    let grown: Record<string, number>;

    test('is played', async (context) => {
      showLogsOnFailure(context, stack, name);
      const { namespace, prometheus } = stack;
      const before = settled ?? (await prometheus.settled(SETTLE_MS));
      settled = undefined;
      const legs = ways[0]?.flatMap((call) => call.legs).length ?? 0;
      const started = (before.get('callfate_attempts_started_total') ?? 0) + legs;
      const after = async () => {
        settled = await prometheus.settled(SETTLE_MS, started);
        grown = increments(before, settled, EXACT_FAMILIES);
      };
      const calls = { atOnce: 1, ...scenario, target: PBX, count };
      if (asterisk) return placeCallsAt(asterisk, namespace, calls, after);
      await replayCalls(namespace, name);
      return after();
    });

    test('counters', () => {
      const { frames, reports = 0 } = scenario;
      const input = { messages: count * frames, reports: count * reports };
      const unjoined = { ambiguous: scenario.ambiguous ?? 0 };
      const legs = ways.map((calls) => calls.map((call) => call.legs));
      expectOneOf(
        grown,
        legs.map((calls) => growth(calls, 1, 'hep_udp', input, unjoined)),
      );
    });

    test('verdicts', async () => {
      await expectVerdicts(stack, ways.map(lines));
    });
  });

  test('the laws held in every scrape', async () => {
    await expectLaws(stack.prometheus);
  });
});

/** A call whose Call-ID is not known is only counted. */
function lines(calls: readonly NamedCall[]) {
  return calls.flatMap(({ callId, verdict }) => (callId === null ? [] : [{ callId, ...verdict }]));
}

interface NamedCall extends Omit<ExpectedCall, 'callIdPrefix'> {
  readonly callId: string | null;
}

/** One list of calls for each way in which Asterisk may do it. */
function expectedWays(scenario: AsteriskScenario, count: number): readonly NamedCall[][] {
  return Array.from({ length: scenario.variants ?? 1 }, (_, variant) =>
    Array.from({ length: count }, (_, index) =>
      scenario.expected(index + 1, variant).map(({ callIdPrefix, ...call }) => ({
        ...call,
        callId: callIdPrefix === null ? null : `${callIdPrefix}${scenario.name}-${index + 1}`,
      })),
    ).flat(),
  );
}
