import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { DEFAULTS } from '../../src/config/schema.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const MAIN = join(PROJECT, 'dist/main.js');
const BAD = 'test/config/bad/above-maximum.yaml';

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program in the project's folder, without variables of the caller. */
function callfate(
  args: readonly string[],
  variables: Record<string, string> = {},
  input: Buffer | string = '',
): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: PROJECT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...variables },
    input,
    timeout: 100_000,
  });
  return { code: status, out: stdout, err: stderr };
}

test('--version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  expect(callfate(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

test('--help names every command, option and exit code', () => {
  const { code, out, err } = callfate(['--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const word of ['run', 'check-config', 'demo', '--config FILE', '--print', '--url URL']) {
    expect(out).toContain(word);
  }
  expect(out).toContain('0 success, 1 failure at run time, 2 wrong usage, 3 wrong configuration');
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('docs/cli.md shows this help', () => {
  const help = callfate(['--help']).out.replace(/^callfate \S+:/, 'callfate VERSION:');
  expect(readFileSync(join(PROJECT, 'docs/cli.md'), 'utf8')).toContain(`\`\`\`text\n${help}\`\`\``);
});

describe('explain', () => {
  test('docs/cli.md shows what it prints', () => {
    const { code, out } = callfate(['explain', '480', 'q850:34']);
    expect(code).toBe(0);
    const page = readFileSync(join(PROJECT, 'docs/cli.md'), 'utf8');
    expect(page).toContain(`\`\`\`text\n$ callfate explain 480 q850:34\n${out}\`\`\``);
  });

  test('answers programs in JSON', () => {
    const { code, out } = callfate(['explain', 'tencent-ccc:206', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      query: 'tencent-ccc:206',
      matches: [{ reason: 'user_busy', vendor: { code: '206', name: 'busy' } }],
    });
  });

  test('what is not known is one line and exit code 2', () => {
    expect(callfate(['explain', 'tencent-ccc:busi'])).toEqual({
      code: 2,
      out: '',
      err: 'callfate: "busi" is no code of tencent-ccc; did you mean tencent-ccc:busy?\n',
    });
  });

  test('a wrong configuration is exit code 3', () => {
    expect(callfate(['explain', '486', '--config', 'no-such.yaml']).code).toBe(3);
  });
});

test('wrong usage is one line and exit code 2', () => {
  expect(callfate(['--confg', 'x'])).toEqual({
    code: 2,
    out: '',
    err: 'callfate: unknown option "--confg"; did you mean --config?\n',
  });
});

describe('check-config', () => {
  test('without a file checks the defaults', () => {
    expect(callfate(['check-config'])).toEqual({
      code: 0,
      out: 'defaults: the configuration is valid, 0 peers, 5 vocabularies\n',
      err: '',
    });
  });

  test('the example is valid', () => {
    expect(callfate(['check-config', '--config', 'config/example.yaml'])).toMatchObject({
      code: 0,
      err: '',
    });
  });

  test('a mistake is one line and exit code 3', () => {
    expect(callfate(['check-config', '--config', BAD])).toEqual({
      code: 3,
      out: '',
      err: `${BAD}:2:9: http.port: 70000, more than 65535; choose 0 to 65535 [CFG_RANGE]\n`,
    });
  });

  test('a mistake in a variable too', () => {
    expect(callfate(['check-config'], { CALLFATE_HTTP_PORT: 'x' })).toEqual({
      code: 3,
      out: '',
      err: 'CALLFATE_HTTP_PORT: http.port: expected a whole number, got text; write digits only, without quotes [CFG_TYPE]\n',
    });
  });

  test('--print gives the effective configuration as YAML, without its secrets', () => {
    const { code, out, err } = callfate(['check-config', '--print'], {
      CALLFATE_HTTP_TOKEN: 'Zq7vWx9uKp3n',
      CALLFATE_HTTP_PORT: '1234',
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toContain('Zq7vWx9uKp3n');
    expect(out).toContain('token: <masked>');
    const readFile = (): string => out.replace('token: <masked>', 'token: null');
    expect(loadConfig({ file: 'x.yaml', environment: {}, readFile })).toEqual({
      ok: true,
      value: { ...DEFAULTS, http: { ...DEFAULTS.http, port: 1234 } },
    });
  });
});

test('run refuses a wrong configuration with exit code 3', () => {
  expect(callfate(['run', '--config', BAD])).toEqual({
    code: 3,
    out: '',
    err: `${BAD}:2:9: http.port: 70000, more than 65535; choose 0 to 65535 [CFG_RANGE]\n`,
  });
});

test('run --interface names an interface, or says so in one line', () => {
  expect(callfate(['run', '--interface', 'a b'])).toEqual({
    code: 3,
    out: '',
    err: '--interface: "a b" is no interface; write eth0, or any for all of them [CFG_VALUE]\n',
  });
});

describe('run --pcap -', () => {
  const capture = readFileSync(join(PROJECT, 'test/corpus/kamailio/s25-503.sip.pcap'));
  /** No port that anybody might have. */
  const QUIET = {
    CALLFATE_HTTP_PORT: '0',
    CALLFATE_WEBSOCKET_ENABLED: 'false',
    CALLFATE_HEP_UDP_ENABLED: 'false',
  };

  test('judges the calls of a capture on standard input and ends with it', () => {
    const { code, out, err } = callfate(['run', '--pcap', '-'], QUIET, capture);
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.includes('"call ended"'))).toHaveLength(5);
    expect(err).toContain('  capturing from                standard input\n');
  });

  test('says when it is cut off', () => {
    const { code, err } = callfate(['run', '--pcap', '-'], QUIET, capture.subarray(0, 999));
    expect(code).toBe(1);
    expect(err).toContain(
      'callfate: standard input: truncated at byte 940: 59 bytes of an unfinished packet\n',
    );
  });
});
