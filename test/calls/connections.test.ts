import { describe, expect, test } from 'vitest';
import { ANSWERED } from '../support/calls.ts';
import { play, Rig, readScript } from '../support/sip.ts';

const onFirst = ANSWERED.replaceAll(/([<>] \w+)/g, '$1 ws=1');

describe('a relayed connection', () => {
  test('that is closed ends its answered calls within calls.timeouts.connectionLostSeconds', () => {
    const rig = new Rig({ tracker: { timeouts: timeouts(5000) } });
    for (const step of readScript(`${onFirst}\n9000 > CLOSE ws=1 code=1006`)) rig.send(step);
    rig.advance(13_900);
    expect(rig.ended).toHaveLength(0);
    rig.advance(14_200);
    expect(rig.ended.map(({ ending }) => ending)).toEqual(['expired']);
    expect(rig.ended[0]?.connectionLoss).toMatchObject({
      party: 'caller',
      closedBy: 'client',
      code: 1006,
    });
  });

  test('that is replaced leaves the call its usual time', () => {
    const rig = new Rig({ tracker: { timeouts: timeouts(5000) } });
    const script = `${onFirst}\n9000 > CLOSE ws=1\n10000 > UPDATE n=3 ws=2`;
    for (const step of readScript(script)) rig.send(step);
    rig.advance(60_000);
    expect(rig.ended).toHaveLength(0);
    rig.finish('time');
    expect(rig.ended[0]?.connectionLoss).toBeNull();
  });

  test('keeps nothing of a call that is over, not even for the next one in its place', () => {
    const script = [
      onFirst,
      '9000 > BYE ws=1',
      '20000 > INVITE id=other ws=2',
      '20100 < 200 id=other ws=2',
      '21000 > CLOSE ws=1',
    ].join('\n');
    const { ended, occupied } = play(script, { tracker: { capacity: 1 } });
    expect(ended.map(({ connectionLoss }) => connectionLoss)).toEqual([null, null]);
    expect(occupied).toBe(0);
  });

  test('says on whose behalf it was closed, in the evidence', () => {
    const { verdicts } = play(`${onFirst}\n9000 > CLOSE ws=1 code=1001`);
    expect(verdicts[0]?.evidence[0]).toMatchObject({
      kind: 'inference',
      value: 'WebSocket of the caller closed by the client with 1001',
      decided: true,
    });
  });
});

function timeouts(connectionLost: number) {
  return {
    noResponse: 33_000,
    setup: 240_000,
    cancel: 33_000,
    answered: 100_000,
    connectionLost,
  };
}
