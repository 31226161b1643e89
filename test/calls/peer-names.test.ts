import { describe, expect, test } from 'vitest';
import { type Peer, Peers } from '../../src/calls/peers.ts';
import { Tracker } from '../../src/calls/tracker.ts';
import { classify } from '../../src/classify/classify.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import { parseCidr } from '../../src/config/cidr.ts';
import { Pipeline } from '../../src/pipeline.ts';
import { SOURCES } from '../../src/sources/source.ts';
import { encodeAddresses } from '../support/hep.ts';
import { directoryOf, readScript, T0, trackerOptions } from '../support/sip.ts';

interface Row extends Omit<Peer, 'ranges'> {
  readonly addresses?: readonly string[];
}

const PBX: Row = { name: 'pbx', role: 'pbx', addresses: ['10.0.0.0/8'] };
const QUEUE: Row = { name: 'sales', role: 'queue', addresses: ['10.0.0.2'], users: ['8*'] };
const CARRIER: Row = { name: 'trunk', role: 'carrier', hosts: ['*.carrier.test'] };
const AGENTS: Row = { name: 'agents', role: 'agent', users: ['10??', '10*'] };

/** The verdict on a call that was busy, with these peers. */
function busy(rows: readonly Row[], invite: string): Verdict {
  const peers = new Peers(
    rows.map(({ addresses = [], ...row }) => ({
      ...row,
      ranges: addresses.flatMap((text) => {
        const cidr = parseCidr(text);
        return cidr.ok ? [cidr.value] : [];
      }),
    })),
  );
  const verdicts: Verdict[] = [];
  const tracker = new Tracker(
    { ...trackerOptions(), peers },
    {
      ended: (ended) => verdicts.push(classify(ended, directoryOf(peers)).verdict),
      closed: () => {},
      probed: () => {},
      refused: () => {},
    },
  );
  const pipeline = new Pipeline(tracker, { authKey: null });
  for (const { at, bytes, src, dst } of readScript(`0 > ${invite}\n20 < 486`)) {
    pipeline.accept(bytes, {
      source: SOURCES.indexOf('library'),
      arrivedAt: T0 + at,
      payload: 'sip',
      transport: 17,
      addresses: encodeAddresses(src, dst),
    });
  }
  tracker.advance(T0 + 10_000);
  const [verdict] = verdicts;
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

describe('a peer', () => {
  test.each<readonly [string, readonly Row[], string, readonly [string, string]]>([
    ['by address', [PBX], 'INVITE callee=800', ['pbx', 'pbx']],
    ['by user among those of its address', [PBX, QUEUE], 'INVITE callee=800', ['pbx', 'sales']],
    ['by another user: by address alone', [PBX, QUEUE], 'INVITE callee=700', ['pbx', 'pbx']],
    ['whatever the order of the rows', [QUEUE, PBX], 'INVITE callee=800', ['pbx', 'sales']],
    [
      'by user at another address: not that peer',
      [{ ...QUEUE, addresses: ['10.9.9.9'] }],
      'INVITE callee=800',
      ['other', 'other'],
    ],
    ['by user alone', [AGENTS], 'INVITE caller=1001 callee=1002', ['agents', 'agents']],
    [
      'by user alone does not overrule an address',
      [PBX, AGENTS],
      'INVITE caller=1001',
      ['pbx', 'pbx'],
    ],
    ['by host', [{ ...CARRIER, hosts: ['*.com'] }], 'INVITE', ['trunk', 'trunk']],
    ['by another host', [CARRIER], 'INVITE', ['other', 'other']],
    [
      'by host and user, and both must fit',
      [{ ...CARRIER, hosts: ['*.com'], users: ['bob'] }],
      'INVITE',
      ['other', 'trunk'],
    ],
  ])('%s', (_, rows, invite, expected) => {
    const { peerIn, peerOut } = busy(rows, invite);
    expect([peerIn, peerOut]).toEqual(expected);
  });

  test('that is found by name gives direction and role', () => {
    const agents: Row = { ...AGENTS, addresses: ['10.0.0.1'] };
    const trunk: Row = { ...CARRIER, hosts: ['example.com'], addresses: ['10.0.0.2'] };
    expect(busy([agents, trunk], 'INVITE caller=1001')).toMatchObject({
      direction: 'outbound',
      peerIn: 'agents',
      peerOut: 'trunk',
    });
  });

  test('two that are told apart by user share their address', () => {
    const one: Row = { ...QUEUE, name: 'one', users: ['81*'] };
    const two: Row = { ...QUEUE, name: 'two', users: ['82*'] };
    expect(
      ['INVITE callee=811', 'INVITE callee=822'].map((line) => busy([one, two], line).peerOut),
    ).toEqual(['one', 'two']);
  });
});
