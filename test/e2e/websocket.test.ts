/**
 * sip.js and JsSIP, registered at Kamailio over WebSocket, call each other; both copy what they send and receive to
 * callfate's mirror listener, as a browser application would. Kamailio itself copies nothing.
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

/** Only the PBX's side of a copy is known, so neither phone is of any peer and the call has no direction. */
const ended = (status: number) =>
  ({
    direction: 'unknown',
    peer: 'other',
    finals: [
      ['proxy', status],
      ['other', status],
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
];

const CASES = LIBRARIES.flatMap((caller) =>
  ENDINGS.map((ending) => ({
    ...ending,
    caller,
    callee: caller === 'jssip' ? 'sip.js' : 'jssip',
  })),
);

describe.runIf(canRun('WebSocket clients'))('WebSocket clients', () => {
  let stack: Stack;
  /** The last settled scrape: growth is counted from there, so that nothing between two tests escapes. */
  let settled: Scrape | undefined;

  beforeAll(async () => {
    stack = await Stack.open('websocket', {
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
    const before = settled ?? (await prometheus.settled(SETTLE_MS));
    settled = undefined;

    const program = `${name}-phones`;
    await namespace.start({
      name: program,
      command: process.execPath,
      args: [
        namespace.program('clients/main.js'),
        ...[run.caller, run.callee, run.plan, String(CALLS), name, 'mirror'],
      ],
      ready: [],
    });
    expect(await namespace.wait(program, RUN_MS)).toEqual({ code: 0, signal: null });
    const output = await readFile(join(namespace.directory, `${program}.out`), 'utf8');
    const report = JSON.parse(output) as Report;
    expect(report.callIds).toHaveLength(CALLS);
    const started = (before.get('callfate_attempts_started_total') ?? 0) + CALLS;
    const after = await prometheus.settled(SETTLE_MS, started);
    settled = after;

    const input = { messages: report.frames, registers: report.registers / 2 };
    expect(increments(before, after, EXACT_FAMILIES)).toEqual(
      growth([[run.expected]], CALLS, 'websocket', input),
    );
    await expectVerdicts(stack, [alike(report.callIds, run.expected)]);
  });

  test('the laws held in every scrape', async () => {
    await expectLaws(stack.prometheus);
  });
});
