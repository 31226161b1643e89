/**
 * SIPp → Kamailio (siptrace, HEP v3 over UDP) → callfate ← Prometheus. Each scenario asserts the whole growth of the
 * counters, read from Prometheus alone: what should not have moved must not have moved.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXACT_FAMILIES, growth } from './rig/growth.ts';
import { kamailioIn } from './rig/kamailio.ts';
import { increments, type Scrape } from './rig/prometheus.ts';
import { placeCalls } from './rig/sipp.ts';
import { Stack } from './rig/stack.ts';
import {
  alike,
  canRun,
  expectLaws,
  expectVerdicts,
  SETTLE_MS,
  showLogsOnFailure,
} from './rig/suite.ts';
import { SCENARIOS } from './scenarios.ts';

const PROXY = '127.0.0.1:5060';
/** Calls per scenario. */
const CALLS = 3;

describe.runIf(canRun('SIPp through Kamailio'))('SIPp through Kamailio', () => {
  let stack: Stack;
  /** The last settled scrape: growth is counted from there, so that nothing between two tests escapes. */
  let settled: Scrape | undefined;

  beforeAll(async () => {
    stack = await Stack.open('sipp', {
      callfate: 'callfate.yml',
      pbx: (directory) => kamailioIn(directory, { hep: true }),
    });
  });
  afterAll(async () => {
    await stack?.close();
  });

  test.for(SCENARIOS)('$name', async (scenario, context) => {
    showLogsOnFailure(context, stack, scenario.name);
    const { namespace, prometheus } = stack;
    const before = settled ?? (await prometheus.settled(SETTLE_MS));
    settled = undefined;

    await placeCalls(namespace, { ...scenario, target: PROXY, count: CALLS });
    const started = (before.get('callfate_attempts_started_total') ?? 0) + CALLS;
    const after = await prometheus.settled(SETTLE_MS, started);
    settled = after;

    expect(increments(before, after, EXACT_FAMILIES)).toEqual(
      growth([[scenario.expected]], CALLS, 'hep_udp', {
        messages: CALLS * scenario.expected.frames,
      }),
    );
    const callIds = Array.from({ length: CALLS }, (_, index) => `${scenario.name}-${index + 1}`);
    await expectVerdicts(stack, [alike(callIds, scenario.expected)]);
  });

  test('the laws held in every scrape', async () => {
    await expectLaws(stack.prometheus);
  });
});
