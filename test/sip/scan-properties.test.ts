import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSlab, SLAB, SLAB_MESSAGE_MAX, SLAB_PADDING } from '../../src/lib/slab.ts';
import { FIELD, METHODS, REASON_LINES_MAX, SCAN, SipScanner } from '../../src/sip/scan.ts';
import { INVALID_MESSAGES } from './torture/invalid.ts';
import { SEMANTIC_MESSAGES } from './torture/semantic.ts';
import { VALID_MESSAGES } from './torture/valid.ts';

/** As far behind as a message that was inflated. */
const BEHIND = SLAB_MESSAGE_MAX + SLAB_PADDING;

interface Header {
  readonly name: string;
  readonly compact?: string;
  readonly value: string;
}

/** Header lines that must keep their order among themselves carry the same name. */
interface Message {
  readonly startLine: string;
  readonly headers: readonly Header[];
  readonly body: string;
}

/** Every fact that the scanner reads, without raw header text (folding may change its white space). */
function facts(scanner: SipScanner, status: number): Record<string, unknown> {
  if (status !== SCAN.OK) return { status };
  const lines = Array.from({ length: Math.min(scanner.reasonCount, REASON_LINES_MAX) }, (_, i) =>
    scanner.slice(scanner.reasons[2 * i] ?? 0, scanner.reasons[2 * i + 1] ?? 0),
  );
  return {
    request: scanner.isRequest,
    method: METHODS[scanner.method],
    status: scanner.status,
    phrase: scanner.text(FIELD.phrase),
    requestUri: scanner.text(FIELD.requestUri),
    callId: scanner.text(FIELD.callId),
    fromTag: scanner.text(FIELD.fromTag),
    toTag: scanner.text(FIELD.toTag),
    cseq: scanner.cseq,
    cseqMethod: METHODS[scanner.cseqMethod],
    vias: scanner.viaCount,
    branch: scanner.text(FIELD.branch),
    sentBy: scanner.text(FIELD.sentBy),
    bottomSentBy: scanner.text(FIELD.bottomSentBy),
    reasons: lines.map((line) => line.replace(/\s+/g, '')),
    body: SLAB.toString('latin1', scanner.bodyStart, scanner.bodyEnd),
    truncated: scanner.truncated,
  };
}

function read(wire: Buffer, at = 0): Record<string, unknown> {
  const scanner = new SipScanner();
  return facts(scanner, scanner.scan(at, loadSlab(wire, at)));
}

/** What the scanner says of `wire` when other octets stand around it, as they do in a HEP frame. */
function readAmong(before: Buffer, wire: Buffer, after: Buffer): Record<string, unknown> {
  const scanner = new SipScanner();
  loadSlab(Buffer.concat([before, wire, after]));
  return facts(scanner, scanner.scan(before.length, before.length + wire.length));
}

/** Scans and asserts that every offset lies within the message. */
function scanWithinBounds(scanner: SipScanner, wire: Buffer, start: number): void {
  const end = loadSlab(wire, start);
  const status = scanner.scan(start, end);
  expect(Object.values(SCAN)).toContain(status);
  if (status !== SCAN.OK) return;
  for (const [name, field] of Object.entries(FIELD)) {
    const [from = -1, to = -1] = scanner.at.subarray(2 * field, 2 * field + 2);
    const absent = from === 0 && to === 0;
    expect(absent || (start <= from && from <= to && to <= end), `${name} ${from}..${to}`).toBe(
      true,
    );
    expect(scanner.text(field).length).toBeLessThanOrEqual(wire.length);
  }
  for (let i = 0; i < Math.min(scanner.reasonCount, REASON_LINES_MAX); i++) {
    const [from = -1, to = -1] = scanner.reasons.subarray(2 * i, 2 * i + 2);
    expect(start <= from && from <= to && to <= end).toBe(true);
  }
  expect(start).toBeLessThanOrEqual(scanner.bodyStart);
  expect(scanner.bodyStart).toBeLessThanOrEqual(scanner.bodyEnd);
  expect(scanner.bodyEnd).toBeLessThanOrEqual(end);
}

const token = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,16}$/);
const host = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9]{0,8}\.example\.com(:[1-9][0-9]{3})?$/),
  fc.constantFrom('192.0.2.1', '192.0.2.2:5070', '[2001:db8::1]', '[2001:db8::2]:5060'),
);
const method = fc.constantFrom(...METHODS.slice(1), 'NEWMETHOD', 'INVITED', 'BY');
const body = fc.string({
  unit: fc.constantFrom('v', '=', '0', '\r', '\n', ':', ' ', '\xe9', '\0'),
  maxLength: 40,
});

const message: fc.Arbitrary<Message> = fc
  .record({
    method,
    status: fc.option(fc.integer({ min: 100, max: 699 })),
    phrase: fc.constantFrom('OK', 'Busy Here', '', 'SIP/2.0 inside', 'Nicht verf\xc3\xbcgbar'),
    user: token,
    callId: token,
    fromTag: token,
    toTag: fc.option(token),
    quoted: fc.constantFrom('', '"Al; tag=no" ', '"Al \\";tag=no, <x>\\" ce" ', 'Al Ice '),
    cseq: fc.integer({ min: 0, max: 0x7fffffff }),
    vias: fc.array(
      fc.record({
        host,
        branch: token,
        more: fc.constantFrom('', ';rport', ';received=192.0.2.9'),
      }),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
    reasons: fc.array(fc.constantFrom('Q.850;cause=16', 'SIP ;cause=200 ;text="Call; done"'), {
      maxLength: 3,
    }),
    body,
    length: fc.boolean(),
  })
  .map((m) => ({
    startLine:
      m.status === null
        ? `${m.method} sip:${m.user}@example.com SIP/2.0`
        : `SIP/2.0 ${m.status} ${m.phrase}`,
    headers: [
      ...m.vias.map((via) => ({
        name: 'Via',
        compact: 'v',
        value: `SIP/2.0/UDP ${via.host}${via.more};branch=z9hG4bK${via.branch}`,
      })),
      {
        name: 'From',
        compact: 'f',
        value: `${m.quoted}<sip:${m.user}@example.com;tag=no>;tag=${m.fromTag}`,
      },
      {
        name: 'To',
        compact: 't',
        value: `sip:bob@example.com${m.toTag === null ? '' : `;tag=${m.toTag}`}`,
      },
      { name: 'Call-ID', compact: 'i', value: `${m.callId}@example.com` },
      { name: 'CSeq', value: `${m.cseq} ${m.method}` },
      { name: 'Contact', compact: 'm', value: '<sip:alice@192.0.2.1;transport=ws>;expires=60' },
      { name: 'X-Via', value: 'SIP/2.0/UDP not.a.via;branch=no' },
      ...m.reasons.map((value) => ({ name: 'Reason', value })),
      ...(m.length ? [{ name: 'Content-Length', compact: 'l', value: String(m.body.length) }] : []),
    ],
    body: m.body,
  }));

interface Style {
  readonly newline: string;
  /** Writes the name of the n-th header. */
  readonly name: (header: Header, n: number) => string;
  /** Written between name and value. */
  readonly colon: string;
  readonly value: (value: string) => string;
}

const PLAIN: Style = {
  newline: '\r\n',
  name: ({ name }) => name,
  colon: ': ',
  value: (value) => value,
};

function write({ startLine, headers, body: content }: Message, style: Style = PLAIN): Buffer {
  const lines = headers.map(
    (header, n) => style.name(header, n) + style.colon + style.value(header.value),
  );
  const head = [startLine, ...lines, '', ''].join(style.newline);
  return Buffer.from(head + content, 'latin1');
}

function withLength(m: Message): Message {
  const rest = m.headers.filter(({ name }) => name !== 'Content-Length');
  const length = { name: 'Content-Length', compact: 'l', value: String(m.body.length) };
  return { ...m, headers: [...rest, length] };
}

describe('a written message', () => {
  test('is read as written', () => {
    fc.assert(
      fc.property(message, (m) => {
        const result = read(write(m));
        const value = (name: string) =>
          m.headers.find((header) => header.name === name)?.value ?? '';
        const vias = m.headers.filter(({ name }) => name === 'Via').map((header) => header.value);
        expect(result).toMatchObject({
          request: !m.startLine.startsWith('SIP/'),
          callId: value('Call-ID'),
          fromTag: value('From').replace(/^.*;tag=/, ''),
          toTag: /;tag=(.*)$/.exec(value('To'))?.[1] ?? '',
          cseq: Number.parseInt(value('CSeq'), 10),
          vias: vias.length,
          branch: /branch=(.*)$/.exec(vias[0] ?? '')?.[1],
          sentBy: /UDP ([^;]*)/.exec(vias[0] ?? '')?.[1],
          bottomSentBy: /UDP ([^;]*)/.exec(vias.at(-1) ?? '')?.[1],
          body: m.body,
          truncated: false,
        });
      }),
    );
  });

  test('reads the same with LF alone', () => {
    fc.assert(
      fc.property(message, (m) => {
        expect(read(write(m, { ...PLAIN, newline: '\n' }))).toEqual(read(write(m)));
      }),
    );
  });

  test('reads the same in any header order', () => {
    const shuffled = message.chain((m) =>
      fc.tuple(
        fc.constant(m),
        fc.array(fc.nat(999), { minLength: m.headers.length, maxLength: m.headers.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([m, keys]) => {
        // Lines of one name keep their order, so they share the key of the first of them.
        const key = (header: Header) =>
          keys[m.headers.findIndex(({ name }) => name === header.name)] ?? 0;
        const headers = m.headers.toSorted((a, b) => key(a) - key(b));
        expect(read(write({ ...m, headers }))).toEqual(read(write(m)));
      }),
    );
  });

  test('reads the same in compact forms and any letter case', () => {
    const forms = fc.array(fc.constantFrom('plain', 'compact', 'upper', 'lower'), {
      minLength: 24,
      maxLength: 24,
    });
    fc.assert(
      fc.property(message, forms, (m, chosen) => {
        const name = (header: Header, n: number) => {
          if (chosen[n] === 'compact') return header.compact ?? header.name;
          if (chosen[n] === 'upper') return (header.compact ?? header.name).toUpperCase();
          return chosen[n] === 'lower' ? header.name.toLowerCase() : header.name;
        };
        expect(read(write(m, { ...PLAIN, name }))).toEqual(read(write(m)));
      }),
    );
  });

  const LWS = ['', ' ', '\t', '  ', '\r\n ', '\r\n\t', ' \r\n  ', '\n '] as const;

  test('reads the same with folds and white space between tokens', () => {
    fc.assert(
      fc.property(message, fc.constantFrom(...LWS), fc.constantFrom(...LWS), (m, a, b) => {
        // RFC 3261 section 7.3.1: LWS may stand around the separators, outside quotes.
        const value = (text: string) =>
          text.includes('"') ? text : text.replace(/;/g, `${a};${b}`).replace(/=/g, `${b}=${a}`);
        expect(read(write(m, { ...PLAIN, colon: `:${a}`, value }))).toEqual(read(write(m)));
      }),
    );
  });

  test('reads the same with white space before the colon', () => {
    fc.assert(
      fc.property(message, fc.constantFrom(' :', '\t:', '  : '), (m, colon) => {
        expect(read(write(m, { ...PLAIN, colon }))).toEqual(read(write(m)));
      }),
    );
  });

  test('reads the same with several Vias on one line', () => {
    fc.assert(
      fc.property(message, fc.constantFrom(',', ', ', ' ,\r\n '), (m, comma) => {
        const vias = m.headers.filter(({ name }) => name === 'Via').map(({ value }) => value);
        const rest = m.headers.filter(({ name }) => name !== 'Via');
        const headers = [{ name: 'Via', value: vias.join(comma) }, ...rest];
        expect(read(write({ ...m, headers }))).toEqual(read(write(m)));
      }),
    );
  });

  test('ends where Content-Length says', () => {
    fc.assert(
      fc.property(message.map(withLength), fc.uint8Array({ maxLength: 60 }), (m, tail) => {
        expect(read(Buffer.concat([write(m), tail]))).toEqual(read(write(m)));
      }),
    );
  });

  test('leaves nothing behind in the scanner', () => {
    fc.assert(
      fc.property(message, message, fc.nat(300), (first, second, cut) => {
        const scanner = new SipScanner();
        scanner.scan(0, loadSlab(write(first).subarray(0, cut)));
        scanner.scan(0, loadSlab(write(first)));
        const status = scanner.scan(0, loadSlab(write(second)));
        expect(facts(scanner, status)).toEqual(read(write(second)));
      }),
    );
  });

  test('reads the same wherever it lies in the slab', () => {
    fc.assert(
      fc.property(message, (m) => {
        expect(read(write(m), BEHIND)).toEqual(read(write(m)));
      }),
    );
  });
});

describe('hostile octets', () => {
  const wires = [...VALID_MESSAGES, ...INVALID_MESSAGES, ...SEMANTIC_MESSAGES].map(
    ({ wire }) => wire,
  );
  const wire = fc.oneof(
    fc.constantFrom(...wires),
    message.map((m) => write(m)),
  );
  const octet = fc.oneof(
    fc.constantFrom(...Buffer.from('\r\n \t:;,="<>\\@/0\0\xff', 'latin1')),
    fc.nat(255),
  );
  const mutated = fc
    .tuple(
      wire,
      fc.array(fc.tuple(fc.nat(4000), fc.constantFrom('set', 'cut', 'put'), octet), {
        maxLength: 8,
      }),
    )
    .map(([original, edits]) => {
      const octets = [...original];
      for (const [at, edit, value] of edits) {
        octets.splice(
          at % (octets.length + 1),
          edit === 'put' ? 0 : 1,
          ...(edit === 'cut' ? [] : [value]),
        );
      }
      return Buffer.from(octets);
    });
  const start = fc.constantFrom(0, BEHIND);

  test('any octets are answered within bounds', () => {
    const scanner = new SipScanner();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), start, (octets, at) => {
        scanWithinBounds(scanner, Buffer.from(octets), at);
      }),
    );
  });

  test('any mutation of a message is answered within bounds', () => {
    const scanner = new SipScanner();
    fc.assert(
      fc.property(mutated, start, (octets, at) => {
        scanWithinBounds(scanner, octets, at);
      }),
      { numRuns: 1000 },
    );
  });

  test('every prefix of every message of RFC 4475 is answered within bounds', () => {
    const scanner = new SipScanner();
    for (const whole of wires) {
      for (let end = 0; end <= Math.min(whole.length, 800); end++) {
        scanWithinBounds(scanner, whole.subarray(0, end), 0);
      }
    }
  });

  test('a message as large as the slab is read', () => {
    const head =
      'OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n';
    const rest = 'Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n';
    const filler = `X: ${'x'.repeat(SLAB_MESSAGE_MAX - head.length - rest.length - 5)}\r\n`;
    const full = Buffer.from(head + filler + rest, 'latin1');
    expect(full.length).toBe(SLAB_MESSAGE_MAX);
    expect(read(full)).toMatchObject({ callId: '1', fromTag: '1', branch: '1', vias: 1 });
  });

  test('what stands behind the frame is not read', () => {
    const around = fc.constantFrom(
      ...[
        '',
        '\n',
        '\r\n',
        '\n\n',
        ' x',
        '\t',
        ':',
        ': 1\r\n\r\n',
        '"',
        ';tag=x',
        '=x\r\n',
        '0',
        'SIP/2.0 200',
      ],
    );
    const cut = fc
      .tuple(mutated, fc.nat(4000))
      .map(([octets, at]) => octets.subarray(0, at % (octets.length + 1)));
    fc.assert(
      fc.property(fc.oneof(mutated, cut), around, around, (octets, before, after) => {
        const [front, back] = [Buffer.from(before), Buffer.from(after + after)];
        expect(readAmong(front, octets, back)).toEqual(read(octets));
      }),
      { numRuns: 1000 },
    );
  });
});
