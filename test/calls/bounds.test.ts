import { describe, expect, test } from 'vitest';
import { LIMITS, type Limit } from '../../src/calls/call.ts';
import { EVENT_IDS_MAX } from '../../src/calls/event-ids.ts';
import { REFERRED_MAX } from '../../src/calls/transfer.ts';
import { cloudEvent, submit } from '../support/context.ts';
import { play, Rig, T0, trackerOptions } from '../support/sip.ts';

const hits = (rig: { readonly counters: Rig['counters'] }, limit: Limit): number =>
  rig.counters.limits[LIMITS.indexOf(limit)] ?? 0;

describe('what is forgotten is counted', () => {
  /** Calls that each refer to a consultation. */
  function referring(count: number): string {
    return Array.from({ length: count }, (_, i) => {
      const refer = `| Refer-To: <sip:carol@pbx?Replaces=other-${i}%3Bto-tag%3Dx>`;
      return [
        `${i} > INVITE id=call-${i}`,
        `${i} < 200 id=call-${i}`,
        `${i} > REFER id=call-${i} n=20 ${refer}`,
      ].join('\n');
    }).join('\n');
  }

  test.for([
    [REFERRED_MAX, 0],
    [REFERRED_MAX + 2, 2],
  ])('%d dialogs that are referred to: %d', ([count = 0, expected]) => {
    const played = play(referring(count), { tracker: { capacity: 2048 } });
    expect(hits(played, 'transfers')).toBe(expected);
  });

  test('ids of events', () => {
    const context = { ...trackerOptions().context, facts: 2 * EVENT_IDS_MAX };
    const rig = new Rig({ tracker: { context } });
    const told = (n: number) =>
      submit(rig, cloudEvent('callfate.ivr.detected', `call-${n}`, { id: `${n}` }), T0).result;
    for (let n = 0; n < EVENT_IDS_MAX; n++) told(n);
    expect(hits(rig, 'event_ids')).toBe(0);
    expect(told(EVENT_IDS_MAX)).toBe('held');
    expect(hits(rig, 'event_ids')).toBe(1);
    expect(told(0)).toBe('held');
  });
});
