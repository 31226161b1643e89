/**
 * sip.js and JsSIP, registered at Kamailio through callfate's relay, call each other. Neither they nor Kamailio copy
 * anything.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from './rig/clients/main.ts';
import { LIBRARIES, type Plan } from './rig/clients/phone.ts';
import { EXACT_FAMILIES, type Expected, growth } from './rig/growth.ts';
import { kamailioIn } from './rig/kamailio.ts';
import { increments, type Scrape } from './rig/prometheus.ts';
import { Stack } from './rig/stack.ts';
import {
  alike,
  canRun,
  expectLaws,
  expectVerdicts,
  SETTLE_MS,
  showLogsOnFailure,
} from './rig/suite.ts';

/** Calls per test, one after the other. */
const CALLS = 3;
const RUN_MS = 30_000;

/** Each phone has an address of the peer `browsers`, and Kamailio is `proxy`. */
const ended = (status: number) =>
  ({
    direction: 'internal',
    peer: 'browsers',
    finals: [
      ['proxy', status],
      ['browsers', status],
    ],
    causes: [],
  }) as const;

const ENDINGS: readonly { readonly plan: Plan; readonly expected: Expected }[] = [
  {
    plan: 'hang-up',
    expected: {
      ...ended(200),
      outcome: 'completed',
      reason: 'normal_clearing_caller',
      attribution: 'none',
      endedBy: 'caller',
    },
  },
  {
    plan: 'cancel',
    expected: {
      ...ended(487),
      outcome: 'cancelled',
      reason: 'caller_cancelled_ringing',
      attribution: 'caller',
      endedBy: 'caller',
    },
  },
  {
    plan: 'busy',
    expected: {
      ...ended(486),
      outcome: 'busy',
      reason: 'user_busy',
      attribution: 'callee',
      endedBy: 'callee',
    },
  },
  {
    plan: 'decline',
    expected: {
      ...ended(603),
      outcome: 'declined',
      reason: 'declined_everywhere',
      attribution: 'callee',
      endedBy: 'callee',
    },
  },
  {
    plan: 'vanish',
    expected: {
      ...ended(200),
      outcome: 'dropped',
      reason: 'dropped_connection_lost',
      attribution: 'device',
      endedBy: 'caller',
    },
  },
];

const CASES = LIBRARIES.flatMap((caller) =>
  ENDINGS.map((ending) => ({
    ...ending,
    caller,
    callee: caller === 'jssip' ? 'sip.js' : 'jssip',
  })),
);

describe.runIf(canRun('the relay'))('the relay', () => {
  let stack: Stack;
  /** The last settled scrape: growth is counted from there, so that nothing between two tests escapes. */
  let settled: Scrape | undefined;

  beforeAll(async () => {
    stack = await Stack.open('relay', {
      callfate: 'callfate.yml',
      pbx: (directory) => kamailioIn(directory, { hep: false }),
    });
  });
  afterAll(async () => {
    await stack?.close();
  });

  test.for(CASES)('$caller calls $callee: $plan', async (run, context) => {
    const name = `${run.caller.replace('.', '')}-${run.plan}`;
    showLogsOnFailure(context, stack, name);
    const { namespace, prometheus } = stack;
    // Who vanished calls no more.
    const calls = run.plan === 'vanish' ? 1 : CALLS;
    const before = settled ?? (await prometheus.settled(SETTLE_MS));
    settled = undefined;

    const program = `${name}-phones`;
    await namespace.start({
      name: program,
      command: process.execPath,
      args: [
        namespace.program('clients/main.js'),
        ...[run.caller, run.callee, run.plan, String(calls), name, 'relay'],
      ],
      ready: [],
    });
    expect(await namespace.wait(program, RUN_MS)).toEqual({ code: 0, signal: null });
    const output = await readFile(join(namespace.directory, `${program}.out`), 'utf8');
    const report = JSON.parse(output) as Report;
    expect(report.callIds).toHaveLength(calls);
    const started = (before.get('callfate_attempts_started_total') ?? 0) + calls;
    const after = await prometheus.settled(SETTLE_MS, started);
    settled = after;

    const input = { messages: report.frames, registers: report.registers / 2 };
    expect(increments(before, after, EXACT_FAMILIES)).toEqual(
      growth([[run.expected]], calls, 'relay', input),
    );
    await expectVerdicts(stack, [alike(report.callIds, run.expected)]);
  });

  test('the close code of who vanished was counted, and every connection let through', async () => {
    const scrape = await stack.prometheus.settled(SETTLE_MS);
    const upgrades = 2 * CASES.length;
    expect(scrape.get('callfate_relay_upgrades_total{result="accepted"}')).toBe(upgrades);
    expect(
      scrape.get('callfate_relay_closes_total{code="1006",side="client"}'),
    ).toBeGreaterThanOrEqual(2);
  });

  test('the laws held in every scrape', async () => {
    await expectLaws(stack.prometheus);
  });
});
