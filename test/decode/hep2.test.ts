import { beforeEach, describe, expect, it } from 'vitest';
import { decodeHep } from '../../src/decode/hep.ts';
import { HEP_STATUS } from '../../src/decode/hep-table.ts';
import { Packet } from '../../src/decode/packet.ts';
import { loadSlab, SLAB } from '../../src/lib/slab.ts';
import { encodeAddresses } from '../support/hep.ts';

const SIP = 'OPTIONS sip:x@127.0.0.1:25060 SIP/2.0\r\n\r\n';
/** 2026-11-22T01:19:27.243Z */
const AT = 1_795_310_367_243;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** The header of a packet that Kamailio 5.6 sent. */
const KAMAILIO = hex(`
  02 10 02 11    ${'' /* version, length, AF_INET, UDP */}
  620b 61e4      ${'' /* 25099 to 25060 */}
  7f000001 7f000001
  1f43026b f1b50300 d107 0000 ${'' /* 1795310367.243185, 2001, padding */}
`);

let packet: Packet;
beforeEach(() => {
  packet = new Packet();
  packet.arrivedAt = AT;
});

function decode(bytes: Uint8Array, authKey: Uint8Array | null = null): number {
  return decodeHep(0, loadSlab(bytes), packet, { authKey });
}

const text = (): string => SLAB.toString('latin1', packet.start, packet.end);

describe('HEP before version 3', () => {
  it('reads version 2 as Kamailio sends it', () => {
    expect(decode(Buffer.concat([KAMAILIO, Buffer.from(SIP)]))).toBe(HEP_STATUS.ok);
    expect(text()).toBe(SIP);
    expect(packet).toMatchObject({ transport: 17, captureId: 2001, capturedAt: 1795310367243.185 });
    expect(packet.addresses).toEqual(encodeAddresses('127.0.0.1:25099', '127.0.0.1:25060'));
  });

  it('reads the time of a host of the other byte order', () => {
    const header = Buffer.from(KAMAILIO);
    hex('6b02431f 0003b5f1 07d1').copy(header, 16);
    expect(decode(Buffer.concat([header, Buffer.from(SIP)]))).toBe(HEP_STATUS.ok);
    expect(packet).toMatchObject({ captureId: 2001, capturedAt: 1795310367243.185 });
  });

  it('reads IPv6', () => {
    const [a, b] = ['20010db8000000000000000000000001', '20010db8000000000000000000000002'];
    const header = hex(`02280a11 13c413c5 ${a} ${b} 1f43026b f1b50300 d1070000`);
    expect(decode(Buffer.concat([header, Buffer.from(SIP)]))).toBe(HEP_STATUS.ok);
    expect(text()).toBe(SIP);
    expect(packet.addresses).toEqual(encodeAddresses('[2001:db8::1]:5060', '[2001:db8::2]:5061'));
  });

  it('reads version 1, which states no time', () => {
    const header = hex('01100211 13c413c4 c0000201 c0000202');
    expect(decode(Buffer.concat([header, Buffer.from(SIP)]))).toBe(HEP_STATUS.ok);
    expect(text()).toBe(SIP);
    expect(packet).toMatchObject({ capturedAt: 0, captureId: 0 });
  });

  it.each([
    ['a header that is cut', KAMAILIO.subarray(0, 7), HEP_STATUS.header],
    ['addresses that are cut', KAMAILIO.subarray(0, 14), HEP_STATUS.truncated],
    ['a time that is cut', KAMAILIO.subarray(0, 20), HEP_STATUS.truncated],
    ['no payload', KAMAILIO, HEP_STATUS.truncated],
    ['another length', hex('0211021113c413c4c0000201c0000202aaaa'), HEP_STATUS.version],
    ['version 3 in one octet', hex('0310021113c413c4c0000201c0000202aaaa'), HEP_STATUS.header],
  ])('refuses %s', (_, bytes, status) => {
    expect(decode(bytes)).toBe(status);
  });

  it('has no key to show where one is asked for', () => {
    const bytes = Buffer.concat([KAMAILIO, Buffer.from(SIP)]);
    expect(decode(bytes, Buffer.from('key'))).toBe(HEP_STATUS.auth);
  });
});
