import { describe, expect, test } from 'vitest';
import type { Ended } from '../../src/calls/call.ts';
import { LADDERS_PER_SECOND } from '../../src/calls/ladder.ts';
import { METHODS } from '../../src/sip/methods.ts';
import { CALLER_BYE } from '../support/calls.ts';
import { Rig, readScript, T0 } from '../support/sip.ts';

interface Ladder {
  readonly at: number;
  readonly hosts: readonly string[];
  readonly messages: readonly (readonly number[])[];
}

/** The attempts of a script, with their ladders. */
function ended(script: string, tracker: object = {}): readonly Ended[] {
  const rig = new Rig({ tracker: { ladders: true, ...tracker } });
  for (const step of readScript(script)) {
    rig.advance(step.at);
    rig.send(step);
  }
  rig.finish('time');
  return rig.ended;
}

const ladderOf = ({ ladder }: Ended): Ladder => JSON.parse(ladder ?? 'null');
const words = ({ hosts, messages }: Ladder): string[] =>
  messages.map(([after = 0, from = -1, to = -1, method = 0, status = 0, repeats = 0]) =>
    [after / 10, hosts[from] ?? '?', hosts[to] ?? '?', METHODS[method], status, repeats].join(' '),
  );

describe('the ladder of an attempt', () => {
  test('has every message in order, with its time, hosts and repeats', () => {
    const [attempt] = ended(`${CALLER_BYE}\n 9100 > BYE`);
    const ladder = ladderOf(attempt as Ended);
    expect(ladder.at).toBe(T0);
    expect(words(ladder)).toEqual([
      '0 10.0.0.1:5060 10.0.0.2:5060 INVITE 0 0',
      '20 10.0.0.2:5060 10.0.0.1:5060 INVITE 100 0',
      '500 10.0.0.2:5060 10.0.0.1:5060 INVITE 180 0',
      '3000 10.0.0.2:5060 10.0.0.1:5060 INVITE 200 0',
      '3010 10.0.0.1:5060 10.0.0.2:5060 ACK 0 0',
      '9000 10.0.0.1:5060 10.0.0.2:5060 BYE 0 1',
      '9010 10.0.0.2:5060 10.0.0.1:5060 BYE 200 0',
    ]);
  });

  test('is not made when nobody asks for it', () => {
    expect(ended(CALLER_BYE, { ladders: false }).map(({ ladder }) => ladder)).toEqual([null]);
  });

  test('is drawn without addresses when their table began anew meanwhile, not with wrong ones', () => {
    const strangers = Array.from(
      { length: 8 },
      (_, i) => `${1000 + i} > INVITE id=s${i} from=s${i} src=10.9.0.${i + 1}:5060`,
    );
    const script = `0 > INVITE\n20 < 100\n${strangers.join('\n')}\n2000 < 486`;
    const attempts = ended(script, { endpoints: 4 });
    const first = attempts.find(({ callId }) => callId === 'call-1');
    expect(words(ladderOf(first as Ended)).map((line) => line.split(' ').slice(1, 3))).toEqual([
      ['?', '?'],
      ['?', '?'],
      ['?', '?'],
    ]);
  });

  test('only so many are made in a second', () => {
    const calls = Array.from(
      { length: LADDERS_PER_SECOND + 3 },
      (_, i) => `0 > INVITE id=c${i} from=c${i}`,
    );
    const attempts = ended(calls.join('\n'), { capacity: 2 * LADDERS_PER_SECOND });
    expect(attempts).toHaveLength(LADDERS_PER_SECOND + 3);
    expect(attempts.filter(({ ladder }) => ladder === null)).toHaveLength(3);
  });
});
