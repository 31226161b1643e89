import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIG_ERROR_CODES, errorLine, errorLines } from '../../src/config/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Config, DEFAULTS } from '../../src/config/schema.ts';

const BAD = join(import.meta.dirname, 'bad');

/** The lines that `text`, as the file x.yaml, is refused with; empty when it is accepted. */
function linesOf(text: string, environment: Record<string, string> = {}): readonly string[] {
  const result = loadConfig({ file: 'x.yaml', environment, readFile: () => text });
  return result.ok ? [] : errorLines(result.error);
}

function load(text: string): Config {
  const result = loadConfig({ file: 'x.yaml', environment: {}, readFile: () => text });
  if (!result.ok) throw new Error(errorLines(result.error).join('\n'));
  return result.value;
}

/** One file for each mistake, and the one line it is refused with. */
const MISTAKES: Readonly<Record<string, string>> = {
  'above-maximum.yaml': ':2:9: http.port: 70000, more than 65535; choose 0 to 65535 [CFG_RANGE]',
  'alias.yaml': ':1:7: http: an alias is not read; write the value out [CFG_YAML]',
  'anchor.yaml': ':2:3: http: an anchor is not read; write the value out [CFG_YAML]',
  'bad-address.yaml':
    ':4:28: peers[0].addresses[1]: "192.0.2.256" is no IP address or network; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32 [CFG_VALUE]',
  'bad-escape.yaml':
    ':2:15: unknown escape in double quotes; use single quotes, or write \\\\ [CFG_YAML]',
  'bad-host.yaml':
    ':2:9: http.host: "local_host" is neither an IP address nor a host name; write 127.0.0.1, ::1 or localhost [CFG_VALUE]',
  'bad-origin.yaml':
    ':3:7: websocket.allowedOrigins[0]: "https://pbx.example/" is no origin; write scheme://host or scheme://host:port, no path [CFG_VALUE]',
  'bad-path.yaml':
    ':2:9: websocket.path: "sip" is no URL path; start it with / and use no spaces [CFG_VALUE]',
  'bad-peer-name.yaml':
    ':2:11: peers[0].name: "-carrier" is no peer name; use 1 to 63 letters, digits, _ . or -, the first a letter or digit [CFG_VALUE]',
  'bad-prefix.yaml':
    ':4:17: peers[0].addresses[0]: "192.0.2.0/33" has a wrong prefix length; write a number from 0 to 32 behind the slash [CFG_VALUE]',
  'below-minimum.yaml': ':2:8: calls.max: 0, less than 1; choose 1 to 1048576 [CFG_RANGE]',
  'deep.yaml': ':1:1: nested too deeply; use at most 32 levels [CFG_YAML]',
  'duplicate-key.yaml':
    ':3:3: http.port: the key already stands at x.yaml:2:3; keep one of the two [CFG_DUPLICATE_KEY]',
  'empty-section.yaml':
    ':1:6: http: expected a section of keys, got nothing; write its keys below it, indented, or remove it [CFG_TYPE]',
  'fraction.yaml':
    ':2:9: http.port: expected a whole number, got a fraction; write digits only, without quotes [CFG_TYPE]',
  'host-as-number.yaml':
    ':2:9: http.host: expected text, got a number; put it in quotes [CFG_TYPE]',
  'host-bits.yaml':
    ':4:17: peers[0].addresses[0]: "192.0.2.5/24" has address bits behind its prefix; set them to zero, or leave the prefix out for one host [CFG_VALUE]',
  'huge-number.yaml':
    ':2:8: calls.max: 1.2345678901234568e+29, more than 1048576; choose 1 to 1048576 [CFG_RANGE]',
  'list-at-root.yaml':
    ':1:1: expected a section of keys, got a list; write its keys below it, indented, or remove it [CFG_TYPE]',
  'listener-clash.yaml':
    ':2:9: http.port: websocket listens on 127.0.0.1:8060 (tcp) too; choose another port [CFG_LISTENER_CLASH]',
  'masked-secret.yaml':
    ':3:14: hep.udp.authKey: the value is the mask that check-config prints; give the secret itself [CFG_VALUE]',
  'missing-role.yaml':
    ':2:5: peers[0].role: missing; choose carrier, agent, pbx, ivr, queue, voicemail, proxy [CFG_MISSING]',
  'no-addresses.yaml':
    ':2:5: peers[0]: this value names no address, host or user; add addresses, hosts or users [CFG_VALUE]',
  'open-context.yaml':
    ':3:14: context.api.enabled: context.api.token is not set; set context.api.token, or on loopback set context.api.allowUnauthenticated to true [CFG_OPEN_LISTENER]',
  'open-context-network.yaml':
    ':5:27: context.api.allowUnauthenticated: http.host 0.0.0.0 is not loopback and context.api.token is not set; set context.api.token [CFG_OPEN_LISTENER]',
  'wait-peer-unknown.yaml':
    ':2:15: context.waitPeers[0]: "carrier-z" is no peer; write the name of an entry of peers [CFG_VALUE]',
  'stage-rule-empty.yaml':
    ':2:5: stageRules[0]: this value holds for every message; add status, role, uri or header [CFG_VALUE]',
  'stage-rule-uri.yaml':
    ':3:10: stageRules[0].uri: "sip:*" is read of an INVITE only; set in: invite [CFG_VALUE]',
  'stage-rule-status.yaml':
    ':3:13: stageRules[0].status: 182 is of responses; set in: progress [CFG_VALUE]',
  'stage-rule-role.yaml':
    ':3:11: stageRules[0].role: "queue" is of who was called; set in: answer [CFG_VALUE]',
  'stage-rule-value.yaml':
    ':4:12: stageRules[0].value: "x*" belongs to a header; add header [CFG_VALUE]',
  'stage-rule-stage.yaml':
    ':5:11: stageRules[0].name: "waiting" is no stage; write one of greeting, ivr, queue, agent_ringing, voicemail, talking, on_hold, transfer [CFG_VALUE]',
  'stage-rule-fact.yaml':
    ':4:11: stageRules[0].fact: "refused.refused" is not one of its values; choose stage.entered, stage.left, agent.offered, agent.answered, agent.rejected, agent.timeout, agent.none_available, agent.connection_lost, ivr.detected, ivr.completed, voicemail.detected, voicemail.message_left, playback.complete, playback.partial, announcement.power_off, announcement.not_exist, announcement.invalid, announcement.arrears, announcement.out_of_area, announcement.call_reminder, announcement.restricted, announcement.forwarding, policy.blacklist, policy.hours, policy.area, policy.rate, policy.credit, policy.tariff, policy.concurrency, policy.spam, policy.scam, limit.silence, limit.duration, limit.join, limit.registration, media.no_audio, media.one_way, media.interrupted, device.mic, device.conflict, device.unresponsive, device.interrupted, component.open_failed, component.connection_lost, component.runtime_error, component.corrupt_payload, component.error, component.unknown_error, task.manual, task.preview, task.fixed, task.predictive, task.inbound, forward.pstn, forward.internal, transfer.blind, transfer.attended [CFG_VALUE]',
  'stage-rule-stars.yaml':
    ':3:10: stageRules[0].uri: "*a*b*c*d*e*" has more than 4 asterisks; write a shorter pattern [CFG_VALUE]',
  'number-as-key.yaml': ':2:3: http: a key is not text; write a plain key [CFG_YAML]',
  'number-for-section.yaml':
    ':1:7: http: expected a section of keys, got a number; write its keys below it, indented, or remove it [CFG_TYPE]',
  'open-bracket.yaml':
    ':2:1: wrong indentation, or a bracket that is not closed; align it with its neighbours [CFG_YAML]',
  'open-hep.yaml':
    ':3:11: hep.udp.host: 10.0.0.1 is not loopback and hep.udp.authKey is not set; set hep.udp.authKey, or set hep.udp.allowUnauthenticated to true to let anyone who reaches it feed it calls [CFG_OPEN_LISTENER]',
  'open-http.yaml':
    ':2:9: http.host: 0.0.0.0 is not loopback and http.token is not set; set http.token, or set http.allowUnauthenticated to true to let anyone who reaches it read the metrics and the recent calls [CFG_OPEN_LISTENER]',
  'open-websocket.yaml':
    ':2:9: websocket.host: :: is not loopback and websocket.token is not set; set websocket.token, or set websocket.allowUnauthenticated to true to let anyone who reaches it feed it calls [CFG_OPEN_LISTENER]',
  'repeated-network.yaml':
    ':7:28: peers[1].addresses[1]: "::ffff:192.0.2.0/120" belongs to the peer carrier-a already; keep one of the two [CFG_PEER_CLASH]',
  'repeated-peer-name.yaml':
    ':5:11: peers[1].name: "Carrier-A" is the name of peers[0] already; choose another name [CFG_PEER_CLASH]',
  'reserved-character.yaml':
    ':2:10: a value cannot start with this character; put the value in quotes [CFG_YAML]',
  'repeated-prefix-name.yaml':
    ':4:11: prefixes[1].name: "Mobile" is the name of prefixes[0] already; choose another name [CFG_PEER_CLASH]',
  'reserved-peer-name.yaml':
    ':2:11: peers[0].name: "other" is reserved for addresses that no peer claims; choose another name [CFG_VALUE]',
  'ring-no-power-of-two.yaml':
    ':2:14: limits.ringBytes: 5000000 is no power of two; write 4194304, 8388608, 16777216 or another one [CFG_VALUE]',
  'section-for-list.yaml':
    ':2:3: peers: expected a list, got a section; write [a, b], or one line "- item" for each [CFG_TYPE]',
  'short-token.yaml':
    ':2:10: http.token: 7 characters, less than 8; choose 8 to 255 characters [CFG_RANGE]',
  'tab.yaml': ':2:1: a tab indents this line; indent with spaces [CFG_YAML]',
  'tag.yaml': ':2:10: unknown tag; remove the word that starts with ! [CFG_YAML]',
  'text-for-number.yaml':
    ':2:9: http.port: expected a whole number, got text; write digits only, without quotes [CFG_TYPE]',
  'token-as-number.yaml':
    ':2:10: http.token: expected text, got a number; put it in quotes [CFG_TYPE]',
  'token-with-space.yaml':
    ':2:10: http.token: the value holds a space or a character outside ASCII; use visible ASCII characters [CFG_VALUE]',
  'tls-file.yaml':
    ':3:15: http.tls.certFile: none.pem cannot be read (ENOENT); correct path or permissions [CFG_TLS]',
  'too-many-peers.yaml':
    ':4:3: peers: 2 entries, more than limits.peers (1); remove some, or raise limits.peers [CFG_RANGE]',
  'two-documents.yaml':
    ':3:1: a second document starts here; keep one, remove the line --- [CFG_YAML]',
  'unknown-key.yaml': ':2:3: http.prot: unknown key; did you mean port? [CFG_UNKNOWN_KEY]',
  'unknown-level.yaml':
    ':2:10: log.level: "verbose" is not one of its values; choose debug, info, warn, error, silent [CFG_VALUE]',
  'unknown-role.yaml':
    ':3:11: peers[0].role: "trunk" is not one of its values; choose carrier, agent, pbx, ivr, queue, voicemail, proxy [CFG_VALUE]',
  'unknown-section.yaml':
    ':1:1: prometheus: unknown key; the keys here are log, http, websocket, relay, hep, capture, calls, peers, prefixes, context, stageRules, vocabularies, recent, limits [CFG_UNKNOWN_KEY]',
  'unquoted-colons.yaml':
    ':2:9: a second key or colon on this line; put the value in quotes [CFG_YAML]',
  'wildcard-clash.yaml':
    ':3:9: http.port: websocket listens on 127.0.0.1:8060 (tcp) too; choose another port [CFG_LISTENER_CLASH]',
  'yaml-1.1.yaml': ':1:1: a directive; remove the line that starts with % [CFG_YAML]',
  'yes-for-true.yaml':
    ':2:12: websocket.enabled: expected true or false, got text; write true or false, without quotes [CFG_TYPE]',
};

describe('bad files', () => {
  test.each(Object.entries(MISTAKES))('%s', (file, expected) => {
    expect(linesOf(readFileSync(join(BAD, file), 'utf8'))).toEqual([`x.yaml${expected}`]);
  });

  test('every file has its row', () => {
    expect(new Set(readdirSync(BAD))).toEqual(new Set(Object.keys(MISTAKES)));
  });

  test('every code of a file is shown by one', () => {
    const elsewhere = [
      'CFG_VOCABULARY',
      'CFG_READ',
      'CFG_ENV_UNKNOWN',
      'CFG_SECRET_FILE',
      'CFG_RESTART',
    ];
    const shown = Object.values(MISTAKES).map((line) => /\[(CFG_\w+)\]$/.exec(line)?.[1]);
    expect(new Set([...shown, ...elsewhere])).toEqual(new Set(CONFIG_ERROR_CODES));
  });

  test('all mistakes of a file are told at once, in its order', () => {
    expect(linesOf('http:\n  port: x\n  prot: 1\ncalls:\n  max: 0\n')).toEqual([
      'x.yaml:2:9: http.port: expected a whole number, got text; write digits only, without quotes [CFG_TYPE]',
      'x.yaml:3:3: http.prot: unknown key; did you mean port? [CFG_UNKNOWN_KEY]',
      'x.yaml:5:8: calls.max: 0, less than 1; choose 1 to 1048576 [CFG_RANGE]',
    ]);
  });

  test('more than 50 mistakes are cut', () => {
    const lines = linesOf(Array.from({ length: 60 }, (_, index) => `key${index}: 1\n`).join(''));
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('and 10 more errors');
  });

  test('a key with control characters stays on one line and cannot drive the terminal', () => {
    const [line] = linesOf('"a\\nb\\e[31m\\u2028": 1');
    expect(line).toMatch(/^x\.yaml:1:1: a\?b\?\[31m\?: unknown key; /);
  });
});

describe('good files', () => {
  test.each(['', '\n', '# nothing\n', '{}', '---\n'])('%j gives the defaults', (text) => {
    expect(load(text)).toEqual(DEFAULTS);
  });

  test('no file gives the defaults', () => {
    expect(loadConfig({ file: null, environment: {} })).toEqual({ ok: true, value: DEFAULTS });
  });

  test('keys of a section that are absent keep their defaults', () => {
    expect(load('http:\n  port: 1\n').http).toEqual({ ...DEFAULTS.http, port: 1 });
  });

  test('peers of both families, nested networks', () => {
    const text = `peers:
  - {name: carrier-a, role: carrier, addresses: [192.0.2.0/24, "2001:db8::/32", "::1"]}
  - {name: carrier-b, role: carrier, addresses: [192.0.2.128/25, 0.0.0.0/0]}
`;
    expect(load(text).peers.map((peer) => peer.name)).toEqual(['carrier-a', 'carrier-b']);
  });

  test('the result is frozen', () => {
    expect(Object.isFrozen(load('peers: []').hep.udp)).toBe(true);
  });
});

describe('open listeners', () => {
  test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', 'localhost'])(
    '%s is loopback',
    (host) => {
      expect(linesOf(`http: {host: "${host}"}`)).toEqual([]);
    },
  );

  test.each(['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', 'pbx.example', 'localhost.example'])(
    '%s is not',
    (host) => {
      expect(linesOf(`http: {host: "${host}"}`)).toEqual([
        expect.stringContaining('is not loopback'),
      ]);
    },
  );

  test.each([
    ['http', 'token: 0123-4567'],
    ['http', 'allowUnauthenticated: true'],
    ['websocket', 'token: 0123-4567'],
    ['websocket', 'allowUnauthenticated: true'],
    ['websocket', 'enabled: false'],
  ])('%s may listen anywhere with %s', (section, key) => {
    expect(linesOf(`${section}: {host: 0.0.0.0, ${key}}`)).toEqual([]);
  });

  test.each(['authKey: k', 'allowUnauthenticated: true', 'enabled: false'])(
    'hep.udp may listen anywhere with %s',
    (key) => {
      expect(linesOf(`hep: {udp: {host: 0.0.0.0, ${key}}}`)).toEqual([]);
    },
  );
});

describe('listeners on one port', () => {
  test.each([
    ['TCP and UDP do not meet', 'http: {port: 9060}'],
    ['port 0 is any free port', 'http: {port: 0}\nwebsocket: {port: 0}'],
    ['two addresses', 'http: {port: 8060, host: 127.0.0.2}'],
    ['one is off', 'http: {port: 8060}\nwebsocket: {enabled: false}'],
  ])('%s', (_, text) => {
    expect(linesOf(text)).toEqual([]);
  });

  test('localhost and 127.0.0.1 are one address', () => {
    expect(linesOf('websocket: {port: 9606, host: localhost}')).toEqual([
      'x.yaml:1:19: websocket.port: http listens on 127.0.0.1:9606 (tcp) too; choose another port [CFG_LISTENER_CLASH]',
    ]);
  });
});

describe('files that cannot be read', () => {
  test('missing', () => {
    const result = loadConfig({ file: join(BAD, 'no-such.yaml'), environment: {} });
    expect(result.ok ? [] : result.error.map(errorLine)).toEqual([
      `${join(BAD, 'no-such.yaml')}: cannot be read (ENOENT); name a configuration file [CFG_READ]`,
    ]);
  });

  test('a directory', () => {
    const result = loadConfig({ file: BAD, environment: {} });
    expect(result.ok ? [] : result.error.map(errorLine)).toEqual([
      `${BAD}: cannot be read (EISDIR); name a configuration file [CFG_READ]`,
    ]);
  });

  test('longer than a mebibyte', () => {
    expect(linesOf('#'.repeat(1_048_577))).toEqual([
      'x.yaml: is longer than 1048576 bytes; name a configuration file [CFG_READ]',
    ]);
    expect(linesOf('#'.repeat(1_048_576))).toEqual([]);
  });

  test('an endless device is read no further than the bound', () => {
    const result = loadConfig({ file: '/dev/zero', environment: {} });
    expect(result.ok ? [] : result.error.map((error) => error.code)).toEqual(['CFG_READ']);
  });
});
