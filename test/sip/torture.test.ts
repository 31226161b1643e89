import { describe, expect, test } from 'vitest';
import { loadSlab } from '../../src/lib/slab.ts';
import { FIELD, METHODS, SCAN, SipScanner } from '../../src/sip/scan.ts';
import { INVALID_MESSAGES } from './torture/invalid.ts';
import { lines, type Reading } from './torture/message.ts';
import { SEMANTIC_MESSAGES } from './torture/semantic.ts';
import { VALID_MESSAGES } from './torture/valid.ts';

const MESSAGES = [...VALID_MESSAGES, ...INVALID_MESSAGES, ...SEMANTIC_MESSAGES];

/** A reading with every default spelled out. */
function whole(read: Reading): Record<string, unknown> {
  return {
    request: read.status === undefined,
    method: read.method ?? read.cseq[1],
    status: read.status ?? 0,
    callId: read.callId,
    fromTag: read.fromTag,
    toTag: read.toTag ?? '',
    cseq: read.cseq,
    branch: read.branch,
    vias: read.vias ?? 1,
    body: read.body ?? 0,
    truncated: read.truncated ?? false,
  };
}

function scanned(scanner: SipScanner): Record<string, unknown> {
  return {
    request: scanner.isRequest,
    method: METHODS[scanner.method],
    status: scanner.status,
    callId: scanner.text(FIELD.callId),
    fromTag: scanner.text(FIELD.fromTag),
    toTag: scanner.text(FIELD.toTag),
    cseq: [scanner.cseq, METHODS[scanner.cseqMethod]],
    branch: scanner.text(FIELD.branch),
    vias: scanner.viaCount,
    body: scanner.bodyEnd - scanner.bodyStart,
    truncated: scanner.truncated,
  };
}

test('a display name whose quote never closes does not hide the From tag', () => {
  const wire = lines(
    'OPTIONS sip:a@b SIP/2.0',
    'Via: SIP/2.0/UDP a;branch=1',
    'From: "Joe <sip:j@example.com>;tag=93334',
    'To: <sip:c@d>',
    'Call-ID: 1',
    'CSeq: 1 OPTIONS',
    '',
    '',
  );
  const scanner = new SipScanner();
  expect(scanner.scan(0, loadSlab(wire))).toBe(SCAN.OK);
  expect(scanner.text(FIELD.fromTag)).toBe('93334');
});

test('statistics without a colon do not hide the BYE that carries them', () => {
  const scanner = new SipScanner();
  const wire = lines(
    'BYE sip:a@example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:b@example.com>;tag=1',
    'To: <sip:a@example.com>;tag=2',
    'Call-ID: 1',
    'CSeq: 2 BYE',
    'P-RTP-Stat PS=100,PR=0',
    '',
    '',
  );
  expect(scanner.scan(0, loadSlab(wire))).toBe(SCAN.OK);
});

describe('RFC 4475', () => {
  test('all 49 messages are here', () => {
    expect(MESSAGES).toHaveLength(49);
    expect(new Set(MESSAGES.map(({ id }) => id)).size).toBe(49);
  });

  for (const { id, section, title, wire, read } of MESSAGES) {
    test(`${section} ${id}: ${title}`, () => {
      const scanner = new SipScanner();
      const status = scanner.scan(0, loadSlab(wire));
      if (typeof read === 'number') {
        expect(status).toBe(read);
        return;
      }
      expect(status).toBe(SCAN.OK);
      expect(scanned(scanner)).toEqual(whole(read));
    });
  }
});
