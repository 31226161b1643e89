import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Endpoints } from '../../src/calls/endpoints.ts';
import { type Peer, Peers } from '../../src/calls/peers.ts';
import { parseCidr } from '../../src/config/cidr.ts';
import { encodeAddresses } from '../support/hep.ts';

function peersOf(...networks: readonly string[][]): Peers {
  const peers = networks.map((list, i): Peer => {
    const ranges = list.map((text) => {
      const cidr = parseCidr(text);
      if (!cidr.ok) throw new Error(text);
      return cidr.value;
    });
    return { name: `peer-${i + 1}`, role: 'carrier', ranges };
  });
  return new Peers(peers);
}

const match = (peers: Peers, address: string): number =>
  peers.match(
    encodeAddresses(address.includes(':') ? `[${address}]:1` : `${address}:1`, '[::1]:1'),
    0,
  );

describe('Peers', () => {
  test.each([
    ['10.1.2.3', 3],
    ['10.1.2.4', 2],
    ['10.1.3.4', 1],
    ['11.0.0.1', 4],
    ['::ffff:10.1.2.3', 3],
    ['2001:db8::1', 5],
    ['2001:db8:0:1::1', 6],
    ['2001:db9::1', 0],
  ])('%s belongs to the longest prefix', (address, expected) => {
    const peers = peersOf(
      ['10.0.0.0/8'],
      ['10.1.2.0/24'],
      ['10.1.2.3'],
      ['0.0.0.0/0'],
      ['2001:db8::/32'],
      ['2001:db8:0:1::/64'],
    );
    expect(match(peers, address)).toBe(expected);
  });

  test('0.0.0.0/0 lists IPv4 alone, ::/0 everything', () => {
    expect(match(peersOf(['0.0.0.0/0']), '2001:db8::1')).toBe(0);
    expect(match(peersOf(['::/0']), '192.0.2.1')).toBe(1);
  });

  test('agrees with a bit by bit comparison for any prefix', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(
        bytes,
        fc.integer({ min: 0, max: 128 }),
        fc.integer({ min: 0, max: 128 }),
        (address, prefix, flip) => {
          const peers = new Peers([{ name: 'p', role: 'pbx', ranges: [{ address, prefix }] }]);
          const other = Uint8Array.from([0xaa, ...address]);
          const byte = 1 + (flip >> 3);
          if (flip < 128) other[byte] = (other[byte] ?? 0) ^ (0x80 >> (flip & 7));
          expect(peers.match(other, 1)).toBe(flip >= prefix ? 1 : 0);
        },
      ),
    );
  });

  test('index 0 and unknown indices are `other`', () => {
    const peers = peersOf(['10.0.0.0/8']);
    expect([0, 1, 2].map((i) => peers.name(i))).toEqual(['other', 'peer-1', 'other']);
    expect([0, 1, 2].map((i) => peers.role(i))).toEqual(['unknown', 'carrier', 'unknown']);
  });
});

describe('Endpoints', () => {
  const intern = (endpoints: Endpoints, address: string): number =>
    endpoints.intern(encodeAddresses(address, '10.0.0.1:1'), 0, 32);

  test('one number for each address and port, and never two', () => {
    const address = fc.tuple(
      fc.constantFrom('10.0.0.1', '10.0.0.2', '192.0.2.7'),
      fc.constantFrom(1, 256, 5060, 65_535),
    );
    fc.assert(
      fc.property(fc.array(address, { maxLength: 40 }), (list) => {
        const endpoints = new Endpoints(peersOf(), 100, 7);
        const numbers = new Map<string, number>();
        for (const [host, port] of list) {
          const key = `${host}:${port}`;
          const id = intern(endpoints, key);
          expect(id).toBe(numbers.get(key) ?? numbers.size + 1);
          numbers.set(key, id);
        }
        expect(endpoints.overflow).toBe(0);
      }),
    );
  });

  test('reads the destination at its own offsets', () => {
    const endpoints = new Endpoints(peersOf(['10.0.0.2']), 10, 7);
    const addresses = encodeAddresses('10.0.0.1:5060', '10.0.0.2:5060');
    expect(endpoints.peerOf(endpoints.intern(addresses, 16, 34))).toBe(1);
    expect(endpoints.peerOf(endpoints.intern(addresses, 0, 32))).toBe(0);
    expect(intern(endpoints, '10.0.0.2:5060')).toBe(1);
  });

  test('a table that is full begins anew, which is counted, and loses no peer', () => {
    const endpoints = new Endpoints(peersOf(['10.0.0.0/8']), 2, 7);
    const numbers = ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.3:1', '10.0.0.1:1'].map((a) =>
      intern(endpoints, a),
    );
    expect(numbers).toEqual([1, 2, 1, 2]);
    expect(endpoints.overflow).toBe(1);
    expect(numbers.map((id) => endpoints.peerOf(id))).toEqual([1, 1, 1, 1]);
  });

  test('no bound is beyond what 16 bits can number, and a full table still finds what it knows', () => {
    const endpoints = new Endpoints(peersOf(), Number.POSITIVE_INFINITY, 7);
    const addresses = new Uint8Array(36);
    const at = (i: number): Uint8Array => {
      addresses[14] = i >> 8;
      addresses[15] = i & 0xff;
      addresses[13] = i >> 16;
      return addresses;
    };
    for (let i = 1; i <= 65_535; i++) expect(endpoints.intern(at(i), 0, 32)).toBe(i);
    expect(endpoints.intern(at(65_535), 0, 32)).toBe(65_535);
    expect(endpoints.overflow).toBe(0);
    expect(endpoints.intern(at(70_000), 0, 32)).toBe(1);
    expect(endpoints.overflow).toBe(1);
  });

  test('new peers are matched for the addresses that are known already', () => {
    const endpoints = new Endpoints(peersOf(['10.0.0.1']), 10, 7);
    const [one, two] = [intern(endpoints, '10.0.0.1:1'), intern(endpoints, '10.0.0.2:1')];
    endpoints.reload(peersOf(['192.0.2.1'], ['10.0.0.2']));
    expect([endpoints.peerOf(one), endpoints.peerOf(two)]).toEqual([0, 2]);
  });
});
