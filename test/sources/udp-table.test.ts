import { describe, expect, it } from 'vitest';
import { parseInode, parseKernelDrops } from '../../src/sources/udp-table.ts';

const HEADER =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';
const V4 = [
  HEADER,
  '  100: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 17211 2 0000000000000000 5',
  '  210: 0100007F:2384 00000000:0000 07 00000000:00000300 00:00000000 00000000  1000        0 90311 2 0000000000000000 1234',
  '  210: 00000000:2385 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 90312 2 0000000000000000 0',
  '  211: 0200007F:2384 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 90313 2 0000000000000000 77',
  '',
].join('\n');
const V6 = [
  HEADER,
  '  210: 00000000000000000000000000000000:2384 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 90320 2 0000000000000000 8',
  '  210: B80D0120000000000000000001000000:2384 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 90321 2 0000000000000000 9',
  '',
].join('\n');

const CASES = [
  ['one address of a shared port', V4, '127.0.0.1', 'IPv4', 9092, 1234, 90311],
  ['another address of it', V4, '127.0.0.2', 'IPv4', 9092, 77, 90313],
  ['every address', V4, '0.0.0.0', 'IPv4', 9093, 0, 90312],
  ['every IPv6 address', V6, '::', 'IPv6', 9092, 8, 90320],
  ['one IPv6 address', V6, '2001:db8::1', 'IPv6', 9092, 9, 90321],
  ['a port nobody listens on', V4, '127.0.0.1', 'IPv4', 9094, null, null],
  ['an empty table', HEADER, '127.0.0.1', 'IPv4', 9092, null, null],
  ['text that is no table', '1 0100007F:2384 x', '127.0.0.1', 'IPv4', 9092, null, null],
  ['an address that is none', V4, 'example.net', 'IPv4', 9092, null, null],
] as const;

describe('the table of UDP sockets', () => {
  it.each(CASES)('%s', (_, table, address, family, port, drops, inode) => {
    expect(parseKernelDrops(table, { address, family, port }, 'LE')).toBe(drops);
    expect(parseInode(table, { address, family, port }, 'LE')).toBe(inode);
  });

  it('reads words in the byte order of the host', () => {
    const table = V4.replace('0100007F:2384', '7F000001:2384');
    const socket = { address: '127.0.0.1', family: 'IPv4', port: 9092 };
    expect(parseKernelDrops(table, socket, 'BE')).toBe(1234);
    expect(parseKernelDrops(table, socket, 'LE')).toBeNull();
  });
});
