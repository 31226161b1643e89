import { describe, expect, test } from 'vitest';
import { loadSlab } from '../../src/lib/slab.ts';
import { SCAN, SipScanner } from '../../src/sip/scan.ts';
import { hasSdp, SDP, sdpDirection } from '../../src/sip/sdp.ts';
import { request } from '../support/sip.ts';

function scan(body: string, type = 'application/sdp'): SipScanner {
  const scanner = new SipScanner();
  const text = request('>', 'REINVITE', { body, headers: [`Content-Type: ${type}`] });
  expect(scanner.scan(0, loadSlab(Buffer.from(text, 'latin1')))).toBe(SCAN.OK);
  return scanner;
}

const sdp = (...lines: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', ...lines].map((line) => `${line}\r\n`).join('');
const C = 'c=IN IP4 192.0.2.1';
const AUDIO = 'm=audio 4000 RTP/AVP 0';
const VIDEO = 'm=video 4002 RTP/AVP 96';

describe('hasSdp', () => {
  test.each([
    ['application/sdp', true],
    ['Application/SDP;charset=utf-8', true],
    ['multipart/mixed;boundary=x', true],
    ['application/isup', false],
    ['text/plain', false],
  ])('%s', (type, expected) => {
    expect(hasSdp(scan(sdp(C, AUDIO), type))).toBe(expected);
  });

  test('not without a body', () => {
    expect(hasSdp(scan(''))).toBe(false);
  });
});

const { TALK, HOLD, HELD } = SDP;

describe('sdpDirection', () => {
  test.each([
    ['plain', [C, AUDIO], TALK],
    ['sendrecv', [C, AUDIO, 'a=sendrecv'], TALK],
    ['sendonly', [C, AUDIO, 'a=rtpmap:0 PCMU/8000', 'a=sendonly'], HOLD],
    ['inactive', [C, AUDIO, 'a=inactive'], HOLD],
    ['recvonly: stays on hold', [C, AUDIO, 'a=recvonly'], HELD],
    ['audio held, video sent only', [C, AUDIO, 'a=recvonly', VIDEO, 'a=sendonly'], HOLD],
    ['audio and video held', [C, 'a=recvonly', AUDIO, VIDEO], HELD],
    ['direction of the session', [C, 'a=sendonly', AUDIO], HOLD],
    [
      'direction of the session, overruled by the media',
      [C, 'a=sendonly', AUDIO, 'a=sendrecv'],
      TALK,
    ],
    ['0.0.0.0 of the session', ['c=IN IP4 0.0.0.0', AUDIO], HOLD],
    ['0.0.0.0 of the media', [AUDIO, 'c=IN IP4 0.0.0.0'], HOLD],
    ['0.0.0.0 of the session, overruled by the media', ['c=IN IP4 0.0.0.0', AUDIO, C], TALK],
    ['audio flows, the camera is off', [C, AUDIO, 'a=sendrecv', VIDEO, 'a=inactive'], TALK],
    ['audio flows, a slide show is sent only', [C, AUDIO, VIDEO, 'a=sendonly'], TALK],
    ['audio and video on hold', [C, AUDIO, 'a=sendonly', VIDEO, 'a=inactive'], HOLD],
    ['audio on hold, video refused', [C, AUDIO, 'a=sendonly', 'm=video 0 RTP/AVP 96'], HOLD],
    [
      'audio on hold, a data channel goes on',
      [C, AUDIO, 'a=sendonly', 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel'],
      HOLD,
    ],
    ['a name that only begins like the attribute', [C, AUDIO, 'a=sendonly-but-not'], TALK],
    ['an address that only begins like 0.0.0.0', ['c=IN IP4 0.0.0.01', AUDIO], TALK],
    ['no media at all', [C, 'a=inactive'], HOLD],
  ] as const)('%s: %j', (_, lines, expected) => {
    expect(sdpDirection(scan(sdp(...lines)))).toBe(expected);
  });

  test('bare line feeds, and no line end behind the last line', () => {
    expect(sdpDirection(scan(sdp(C, AUDIO, 'a=sendonly').replaceAll('\r', '')))).toBe(HOLD);
    expect(sdpDirection(scan(sdp(C, AUDIO, 'a=sendonly').trimEnd()))).toBe(HOLD);
  });

  test('the first part of a multipart body that is SDP', () => {
    const body = `--x\r\nContent-Type: application/sdp\r\n\r\n${sdp(C, AUDIO, 'a=sendonly')}--x--\r\n`;
    expect(sdpDirection(scan(body, 'multipart/mixed;boundary=x'))).toBe(HOLD);
  });
});
