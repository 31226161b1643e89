import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { errorLines } from '../../src/config/errors.ts';
import { keyRows } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { DEFAULTS } from '../../src/config/schema.ts';

type Variables = Readonly<Record<string, string>>;

function load(environment: Variables, text = ''): ReturnType<typeof loadConfig> {
  return loadConfig({ file: 'x.yaml', environment, readFile: () => text });
}

function linesOf(environment: Variables, text = ''): readonly string[] {
  const result = load(environment, text);
  return result.ok ? [] : errorLines(result.error);
}

describe('variables', () => {
  test('every key that is not a section has one, and no two share it', () => {
    const rows = keyRows().filter((row) => row.kind !== 'section' && !row.path.includes('[]'));
    const names = rows.map((row) => row.variable);
    expect(names).not.toContain(null);
    expect(new Set(names).size).toBe(rows.length);
  });

  test('override the file', () => {
    const result = load({ CALLFATE_HTTP_PORT: '1234' }, 'http: {port: 9, host: 127.0.0.2}');
    expect(result.ok && result.value.http).toEqual({
      ...DEFAULTS.http,
      port: 1234,
      host: '127.0.0.2',
    });
  });

  test('every kind of value', () => {
    const result = load({
      CALLFATE_HEP_UDP_AUTH_KEY: '12345',
      CALLFATE_HEP_UDP_ENABLED: 'false',
      CALLFATE_LOG_LEVEL: 'warn',
      CALLFATE_WEBSOCKET_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
      CALLFATE_PEERS: '[{"name":"a","role":"pbx","addresses":["192.0.2.1"]}]',
      CALLFATE_CALLS_TIMEOUTS_SETUP_SECONDS: '200',
    });
    expect(result).toEqual({
      ok: true,
      value: {
        ...DEFAULTS,
        hep: { ...DEFAULTS.hep, udp: { ...DEFAULTS.hep.udp, authKey: '12345', enabled: false } },
        log: { ...DEFAULTS.log, level: 'warn' },
        websocket: {
          ...DEFAULTS.websocket,
          allowedOrigins: ['https://a.example', 'https://b.example'],
        },
        peers: [{ name: 'a', role: 'pbx', hosts: [], users: [], addresses: ['192.0.2.1'] }],
        calls: {
          ...DEFAULTS.calls,
          timeouts: { ...DEFAULTS.calls.timeouts, setupSeconds: 200 },
        },
      },
    });
  });

  test('a list may be JSON', () => {
    const result = load({ CALLFATE_WEBSOCKET_ALLOWED_ORIGINS: '["https://a.example"]' });
    expect(result.ok && result.value.websocket.allowedOrigins).toEqual(['https://a.example']);
  });

  test('an empty one counts as not set', () => {
    const result = load(
      { CALLFATE_HTTP_TOKEN: '', CALLFATE_UNKNOWN: '' },
      'http: {token: 0123-4567}',
    );
    expect(result.ok && result.value.http.token).toBe('0123-4567');
  });

  test('others are none of ours', () => {
    expect(linesOf({ PATH: '/bin', CALLFATEX: '1', callfate_http_port: 'x' })).toEqual([]);
  });

  // As Kubernetes sets them for Services named callfate and callfate-http.
  test.each([
    ['CALLFATE_SERVICE_HOST', '10.0.0.1'],
    ['CALLFATE_SERVICE_PORT_METRICS', '9606'],
    ['CALLFATE_PORT', 'tcp://10.0.0.1:9606'],
    ['CALLFATE_PORT_9606_TCP', 'tcp://10.0.0.1:9606'],
    ['CALLFATE_PORT_9606_TCP_ADDR', '10.0.0.1'],
    ['CALLFATE_HTTP_PORT', 'tcp://10.0.0.1:9606'],
    ['CALLFATE_HTTP_SERVICE_HOST', '10.0.0.1'],
  ])('Kubernetes service link %s=%s is passed over', (name, value) => {
    expect(load({ [name]: value })).toEqual({ ok: true, value: DEFAULTS });
  });
});

describe('mistakes', () => {
  test.each<[string, Variables, string]>([
    [
      'unknown',
      { CALLFATE_HTTP_PROT: '1' },
      'CALLFATE_HTTP_PROT: no key has this variable; did you mean CALLFATE_HTTP_PORT? [CFG_ENV_UNKNOWN]',
    ],
    [
      'unknown and near nothing',
      { CALLFATE_X: '1' },
      'CALLFATE_X: no key has this variable; see docs/configuration.md, or unset it [CFG_ENV_UNKNOWN]',
    ],
    [
      'a section',
      { CALLFATE_HTTP: '{}' },
      'CALLFATE_HTTP: no key has this variable; see docs/configuration.md, or unset it [CFG_ENV_UNKNOWN]',
    ],
    [
      'no number',
      { CALLFATE_HTTP_PORT: '80a' },
      'CALLFATE_HTTP_PORT: http.port: expected a whole number, got text; write digits only, without quotes [CFG_TYPE]',
    ],
    [
      'out of bounds',
      { CALLFATE_HTTP_PORT: '65536' },
      'CALLFATE_HTTP_PORT: http.port: 65536, more than 65535; choose 0 to 65535 [CFG_RANGE]',
    ],
    [
      'no boolean',
      { CALLFATE_LOG_CALLS: '1' },
      'CALLFATE_LOG_CALLS: log.calls: expected true or false, got text; write true or false, without quotes [CFG_TYPE]',
    ],
    [
      'broken JSON',
      { CALLFATE_PEERS: '[{]' },
      'CALLFATE_PEERS: peers: not a valid JSON list; write ["a", "b"] [CFG_TYPE]',
    ],
    [
      'a mistake inside JSON',
      { CALLFATE_PEERS: '[{"name":"a","role":"pbx","addresses":["x"]}]' },
      'CALLFATE_PEERS: peers[0].addresses[0]: "x" is no IP address or network; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32 [CFG_VALUE]',
    ],
    [
      'an open listener',
      { CALLFATE_HTTP_HOST: '0.0.0.0' },
      'CALLFATE_HTTP_HOST: http.host: 0.0.0.0 is not loopback and http.token is not set; set http.token, or set http.allowUnauthenticated to true to let anyone who reaches it read the metrics and the recent calls [CFG_OPEN_LISTENER]',
    ],
    [
      '_FILE of a key that is no secret',
      { CALLFATE_HTTP_PORT_FILE: '/run/port' },
      'CALLFATE_HTTP_PORT_FILE: http.port: no secret; set CALLFATE_HTTP_PORT instead [CFG_SECRET_FILE]',
    ],
    [
      'both forms of one secret',
      { CALLFATE_HTTP_TOKEN: '0123-4567', CALLFATE_HTTP_TOKEN_FILE: '/run/token' },
      'CALLFATE_HTTP_TOKEN_FILE: http.token: CALLFATE_HTTP_TOKEN is set too; keep one of the two [CFG_SECRET_FILE]',
    ],
  ])('%s', (_, variables, line) => {
    expect(linesOf(variables)).toEqual([line]);
  });

  test('the errors of the file come first', () => {
    expect(
      linesOf({ CALLFATE_X: '1' }, 'http: {port: x}').map((line) => line.slice(0, 10)),
    ).toEqual(['x.yaml:1:1', 'CALLFATE_X']);
  });

  test('a section that the file has wrong is told once', () => {
    expect(linesOf({ CALLFATE_HTTP_PORT: '1' }, 'http: 9606')).toEqual([
      expect.stringMatching(/^x\.yaml:1:7: http: expected a section of keys/),
    ]);
  });
});

describe('secret files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callfate-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function withFile(name: string, text: string): ReturnType<typeof loadConfig> {
    writeFileSync(join(folder, name), text);
    const environment = { CALLFATE_HTTP_TOKEN_FILE: join(folder, name) };
    return loadConfig({ file: null, environment });
  }

  test.each(['0123-4567', '0123-4567\n', '0123-4567\r\n'])('%j', (text) => {
    const result = withFile('token', text);
    expect(result.ok && result.value.http.token).toBe('0123-4567');
  });

  test.each([
    ['', 'the file is empty; write the secret into it [CFG_SECRET_FILE]'],
    [
      'two lines\n\n',
      'the value holds a space or a character outside ASCII; use visible ASCII characters [CFG_VALUE]',
    ],
  ])('%j is refused', (text, words) => {
    const result = withFile('bad', text);
    expect(result.ok ? [] : errorLines(result.error)).toEqual([
      `CALLFATE_HTTP_TOKEN_FILE: http.token: ${words}`,
    ]);
  });

  test('missing', () => {
    const environment = { CALLFATE_HTTP_TOKEN_FILE: join(folder, 'none') };
    const result = loadConfig({ file: null, environment });
    expect(result.ok ? [] : errorLines(result.error)).toEqual([
      'CALLFATE_HTTP_TOKEN_FILE: http.token: the file cannot be read (ENOENT); name a file that this process may read [CFG_SECRET_FILE]',
    ]);
  });
});
