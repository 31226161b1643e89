/**
 * sip.js and JsSIP call Asterisk's own WebSocket port through callfate's relay, which is all that callfate sees.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asteriskIn, findAsterisk, RELEASES } from './rig/asterisk.ts';
import { LIBRARIES } from './rig/clients/phone.ts';
import { Stack } from './rig/stack.ts';
import { canRun, expectLaws, expectVerdicts, SETTLE_MS, showLogsOnFailure } from './rig/suite.ts';

const RUN_MS = 30_000;

/** Numbers of test/e2e/conf/asterisk/extensions.conf, and how a call to each ends. */
const CALLS = [
  {
    number: 'busy',
    outcome: 'busy',
    reason: 'user_busy',
    attribution: 'callee',
    endedBy: 'callee',
  },
  {
    number: 'greet',
    outcome: 'completed',
    reason: 'normal_clearing_callee',
    attribution: 'none',
    endedBy: 'callee',
  },
  {
    number: 'barred',
    outcome: 'declined',
    reason: 'call_rejected',
    attribution: 'callee',
    endedBy: 'callee',
  },
] as const;

const found = RELEASES.map(findAsterisk).filter((one) => one !== undefined);

if (found.length === 0) {
  const why = 'Asterisk behind the relay: skipped, missing: bash .ci/asterisk';
  console.warn(why);
  test.skip(why, () => {});
}

describe.runIf(canRun('Asterisk behind the relay')).for(found)('Asterisk $major', (asterisk) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.open('asterisk-relay', {
      callfate: 'callfate-relay-asterisk.yml',
      pbx: (directory) => asteriskIn(directory, asterisk),
    });
  });
  afterAll(async () => {
    await stack?.close();
  });

  test.for(LIBRARIES)('%s', async (library, context) => {
    const program = `${library.replace('.', '')}-caller`;
    showLogsOnFailure(context, stack, program);
    const { namespace, prometheus } = stack;
    const before = await prometheus.settled(SETTLE_MS);
    await namespace.start({
      name: program,
      command: process.execPath,
      args: [namespace.program('clients/caller.js'), library, ...CALLS.map(({ number }) => number)],
      ready: [],
    });
    expect(await namespace.wait(program, RUN_MS)).toEqual({ code: 0, signal: null });
    const output = await readFile(join(namespace.directory, `${program}.out`), 'utf8');
    const callIds = JSON.parse(output) as string[];
    const started = (before.get('callfate_attempts_started_total') ?? 0) + CALLS.length;
    await prometheus.settled(SETTLE_MS, started);
    const expected = CALLS.map(({ number: _, ...ending }, i) => ({
      ...ending,
      callId: callIds[i] ?? '',
      direction: 'internal' as const,
      joined: null,
      legs: 1,
    }));
    await expectVerdicts(stack, [expected]);
  });

  test('the laws held in every scrape', async () => {
    await expectLaws(stack.prometheus);
  });
});
