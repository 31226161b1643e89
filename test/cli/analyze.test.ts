/** `callfate analyze` as a process: what it prints, where, and its exit codes. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import type { AnalyzeReport } from '../../src/cli/analyze/report.ts';
import { LAYER_DISCARDS } from '../../src/decode/layers-table.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const MAIN = join(PROJECT, 'dist/main.js');
const CORPUS = 'test/corpus';
const REFUSED = `${CORPUS}/kamailio/s25-503.sip.pcap`;
const JOINED = `${CORPUS}/asterisk16/a16-b2bua-302.sip.pcap`;
const NO_BYE = `${CORPUS}/kamailio/s37-no-bye.sip.pcap`;
const FOLDER = mkdtempSync(join(tmpdir(), 'callfate-analyze-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function callfate(args: readonly string[], input?: Buffer) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: PROJECT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 100_000,
    ...(input === undefined ? {} : { input }),
  });
  return { code: status, out: stdout, err: stderr };
}

const analyze = (...args: readonly string[]) => callfate(['analyze', ...args]);

describe('formats', () => {
  test('table', () => {
    const { code, out, err } = analyze(REFUSED);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of [
      '5 calls',
      '  failed  5  100.0 %  ########################',
      '  failed  no_circuit_available  carrier  5  100.0 %',
      '  127.0.0.1:5071  5  503 x 5',
      '  SIP messages  35',
    ]) {
      expect(out.split('\n')).toContain(line);
    }
  });

  test('table in the words of one vocabulary', () => {
    const { code, out } = analyze(REFUSED, '--vocabulary', 'tencent-ccc');
    expect(code).toBe(0);
    const lines = out.split('\n');
    const title = lines.indexOf('Calls by code of tencent-ccc');
    expect(lines[title + 1]).toBe('  status  208  operatorError  5  100.0 %');
    expect(lines[title + 2]).toBe('');
    const { out: json } = analyze(REFUSED, '--vocabulary', 'retell', '--format', 'json');
    const { vocabularies }: AnalyzeReport = JSON.parse(json);
    expect(vocabularies.map(({ vocabulary }) => vocabulary)).toEqual(['retell']);
  });

  test('an unknown vocabulary is wrong usage', () => {
    expect(analyze(REFUSED, '--vocabulary', 'retel')).toMatchObject({
      code: 2,
      out: '',
      err: 'callfate: unknown vocabulary "retel"; did you mean retell?\n',
    });
  });

  test('json', () => {
    const { code, out } = analyze('--format', 'json', REFUSED);
    const report: AnalyzeReport = JSON.parse(out);
    expect(code).toBe(0);
    expect(report).toMatchObject({
      schema: 1,
      captures: [{ name: REFUSED, packets: 35, stop: null, error: null }],
      calls: { total: 5, legs: 5, inProgressAtEnd: 0, byOutcome: { failed: 5 } },
      ratios: { asr: { value: 0, counted: 0, of: 5 } },
      failing: { by: 'address' },
      input: { packets: 35, messages: 35, lost: {} },
    });
  });

  test('jsonl: one verdict a line', () => {
    const { out } = analyze('--format', 'jsonl', REFUSED);
    const verdicts: Verdict[] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(verdicts).toHaveLength(5);
    expect(verdicts[0]).toMatchObject({ schema: 1, outcome: 'failed', sip: { farStatus: 503 } });
  });

  test('csv: one call a line, with a heading', () => {
    const { out } = analyze('--format', 'csv', REFUSED);
    const [heading = '', first = '', ...others] = out.trimEnd().split('\r\n');
    expect(others).toHaveLength(4);
    const row = Object.fromEntries(
      heading.split(',').map((name, i) => [name, first.split(',')[i]] as const),
    );
    expect(row).toMatchObject({ outcome: 'failed', sip_status: '500', q850_cause: '34' });
  });

  test('prometheus: as a scrape would say', () => {
    const { out } = analyze('--format', 'prometheus', REFUSED);
    expect(out.split('\n')).toContain(
      'callfate_attempts_ended_total{direction="unknown",outcome="failed",reason="no_circuit_available",attribution="carrier"} 5',
    );
    expect(out).toContain('callfate_input_messages_total{source="capture"} 35\n');
  });

  test('with peers out of a configuration', () => {
    const config = join(FOLDER, 'peers.yaml');
    const peer = '- {name: loop, role: carrier, addresses: [127.0.0.0/8]}';
    writeFileSync(config, `peers:\n  ${peer}\n`);
    const { out } = analyze('--config', config, '--format', 'json', REFUSED);
    expect(JSON.parse(out).failing).toMatchObject({
      by: 'peer',
      list: [{ who: 'loop', statuses: { 503: 5 } }],
    });
  });
});

describe('one call', () => {
  const callId = 'a16-b2bua-302-1@lab.invalid';

  test('its ladder over all legs, evidence marked', () => {
    const { code, out, err } = analyze(JOINED, '--call', callId);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Call-ID ${callId}, 2 legs joined by inferred\n`);
    expect(out.match(/^[*+ ] \d\d:\d\d:\d\d\.\d{3} .*$/gm)).toHaveLength(10);
    expect(out).toMatch(/^\* .*<- 487 Request Termina/m);
    expect(out).toMatch(/^\+ .*- CANCEL -+>/m);
  });

  test('as JSON', () => {
    const { out } = analyze(JOINED, '--call', callId, '--format', 'json');
    const { calls } = JSON.parse(out);
    expect(calls).toHaveLength(1);
    expect(calls[0].messages).toHaveLength(10);
    expect(calls[0].verdict).toMatchObject({
      callId,
      legs: [expect.any(String), expect.any(String)],
    });
  });

  test('of standard input: the messages of that leg, and a word', () => {
    const { code, out, err } = callfate(
      ['analyze', '-', '--call', callId],
      readFileSync(join(PROJECT, JOINED)),
    );
    expect(code).toBe(0);
    expect(out.match(/^[*+ ] \d\d:\d\d:\d\d\.\d{3} .*$/gm)).toHaveLength(7);
    expect(err).toBe(
      `callfate: standard input is read once: of 2 legs, only the messages of ${callId} are shown\n`,
    );
  });

  test('that is not there', () => {
    expect(analyze(JOINED, '--call', 'x\u001b[31m')).toEqual({
      code: 1,
      out: '',
      err: 'callfate: no call has the Call-ID x?[31m\n',
    });
  });
});

test('calls in progress at the end are lost, never completed', () => {
  const { out } = analyze(NO_BYE, '--format', 'json');
  expect(JSON.parse(out).calls).toMatchObject({
    total: 5,
    inProgressAtEnd: 5,
    byOutcome: { lost: 5 },
    byReason: [{ reason: 'observer_stopped', calls: 5 }],
  });
  expect(analyze(NO_BYE).out).toContain(
    '5 of them were in progress when the capture ended: lost\n',
  );
});

describe('docs/analyze.md', () => {
  const [, summary = '', ladder = ''] = readFileSync(
    join(PROJECT, 'docs/analyze.md'),
    'utf8',
  ).split('```text\n');
  const linesOf = (text: string) =>
    (text.split('```')[0] ?? '').split('\n').filter((line) => line !== '' && line !== '…');

  test('shows the summary of those captures', () => {
    const files = readdirSync(join(PROJECT, CORPUS, 'kamailio'))
      .filter((name) => name.endsWith('.sip.pcap'))
      .map((name) => `${CORPUS}/kamailio/${name}`);
    const out = analyze(...files).out.split('\n');
    expect(linesOf(summary).length).toBeGreaterThan(25);
    expect(linesOf(summary).filter((line) => !out.includes(line))).toEqual([]);
  });

  test('shows the ladder of that call', () => {
    const { out } = analyze(REFUSED, '--call', 's25-503-1@lab.invalid');
    expect(linesOf(ladder)).toEqual(linesOf(out));
  });

  test('and docs/sources.md names every reason by which a capture is discarded', () => {
    const sources = readFileSync(join(PROJECT, 'docs/sources.md'), 'utf8');
    const reasons = Object.values(LAYER_DISCARDS).flatMap((discard) => discard?.reason ?? []);
    const others = ['not_sip', 'stream', 'fragment', 'tcp_gap', 'tcp_limit', 'compressed'];
    for (const reason of [...reasons, ...others]) expect(sources).toContain(`\`${reason}\``);
  });
});

describe('what goes wrong', () => {
  const good = readFileSync(join(PROJECT, REFUSED));
  const write = (name: string, bytes: Uint8Array | string) => {
    const path = join(FOLDER, name);
    writeFileSync(path, bytes);
    return path;
  };

  test('a truncated file gives what it holds, a word and exit code 1', () => {
    const path = write('cut.pcap', good.subarray(0, good.length - 10));
    const { code, out, err } = analyze(path);
    expect(code).toBe(1);
    expect(out).toContain('5 calls\n');
    expect(err).toMatch(
      /^callfate: \S+cut\.pcap: ends in the middle at byte \d+, after packet 34: \d+ bytes of an unfinished packet; what stands before it was read\n$/,
    );
  });

  test.each([
    [
      'text',
      'no capture at all',
      /: no capture, it begins with 6e6f2063; pcap and pcapng are read, also gzipped\n$/,
    ],
    ['empty', '', /: no capture, nothing at all; pcap and pcapng are read, also gzipped\n$/],
  ])('%s', (name, bytes, error) => {
    const { code, err } = analyze(write(name, bytes));
    expect(code).toBe(1);
    expect(err).toMatch(error);
  });

  test('a missing file, beside one that is there', () => {
    const { code, out, err } = analyze(REFUSED, 'missing.pcap');
    expect({ code, err }).toEqual({ code: 1, err: 'callfate: missing.pcap: no such file\n' });
    expect(out).toContain('5 calls\n');
  });

  test.each(['table', 'json', 'jsonl', 'csv', 'prometheus'])(
    'nothing but missing files, %s',
    (format) => {
      expect(analyze('--format', format, 'missing.pcap', 'gone.pcap')).toEqual({
        code: 1,
        out: '',
        err: 'callfate: missing.pcap: no such file\ncallfate: gone.pcap: no such file\n',
      });
    },
  );

  test('usage and configuration', () => {
    expect(analyze()).toMatchObject({ code: 2, out: '' });
    expect(analyze('-c', 'missing.yaml', REFUSED)).toMatchObject({ code: 3, out: '' });
  });

  test('a reader that goes away is no error', async () => {
    const many = Array.from({ length: 40 }, () => REFUSED);
    const child = spawn(process.execPath, [MAIN, 'analyze', '--format', 'jsonl', ...many], {
      cwd: PROJECT,
    });
    let err = '';
    child.stderr.on('data', (text) => {
      err += text;
    });
    child.stdout.destroy();
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
