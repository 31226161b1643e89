import { describe, expect, test } from 'vitest';
import { type AnalyzeArgs, type Args, readArgs } from '../../src/cli/args.ts';

function words(line: string): readonly string[] {
  return line === '' ? [] : line.split(' ');
}

function analyze(more: Partial<AnalyzeArgs>): AnalyzeArgs {
  return {
    command: 'analyze',
    config: null,
    files: [],
    format: 'table',
    call: null,
    vocabulary: null,
    threads: null,
    ...more,
  };
}

describe('command lines', () => {
  test.each<[string, Args]>([
    ['', { command: 'run', config: null, interface: null, pcap: false }],
    ['run', { command: 'run', config: null, interface: null, pcap: false }],
    ['--config a.yaml', { command: 'run', config: 'a.yaml', interface: null, pcap: false }],
    ['-c a.yaml run', { command: 'run', config: 'a.yaml', interface: null, pcap: false }],
    ['run --config=a.yaml', { command: 'run', config: 'a.yaml', interface: null, pcap: false }],
    ['run -i any', { command: 'run', config: null, interface: 'any', pcap: false }],
    ['run --pcap -', { command: 'run', config: null, interface: null, pcap: true }],
    ['analyze a.pcap', analyze({ files: ['a.pcap'] })],
    ['analyze a - b', analyze({ files: ['a', '-', 'b'] })],
    ['analyze --format csv -c x -- -a', analyze({ files: ['-a'], format: 'csv', config: 'x' })],
    ['analyze - --call x@y', analyze({ files: ['-'], call: 'x@y' })],
    ['analyze a --vocabulary retell', analyze({ files: ['a'], vocabulary: 'retell' })],
    ['analyze a --threads 2', analyze({ files: ['a'], threads: 2 })],
    ['analyze a --call x --format json', analyze({ files: ['a'], call: 'x', format: 'json' })],
    ['check-config', { command: 'check-config', config: null, print: false }],
    ['check-config --print -c a', { command: 'check-config', config: 'a', print: true }],
    ['demo', { command: 'demo', config: null, url: null }],
    ['demo --url http://[::1]:1', { command: 'demo', config: null, url: 'http://[::1]:1' }],
    ['explain 486', { command: 'explain', config: null, query: '486', json: false }],
    [
      'explain 486 q850:34 --json -c a',
      { command: 'explain', config: 'a', query: '486 q850:34', json: true },
    ],
    ['--help', { command: 'help' }],
    ['-h', { command: 'help' }],
    ['run --help --print', { command: 'help' }],
    ['--version', { command: 'version' }],
    ['-v', { command: 'version' }],
  ])('%j', (line, args) => {
    expect(readArgs(words(line))).toEqual({ ok: true, value: args });
  });
});

describe('mistakes, each one line', () => {
  test.each([
    ['rnu', 'unknown command "rnu"; did you mean run?'],
    ['checkconfig', 'unknown command "checkconfig"; did you mean check-config?'],
    ['stop', 'unknown command "stop"; callfate --help lists them'],
    ['--confg a', 'unknown option "--confg"; did you mean --config?'],
    ['-x', 'unknown option "-x"; callfate --help lists them'],
    ['--no-print', 'unknown option "--no-print"; did you mean --print?'],
    ['--help --confg', 'unknown option "--confg"; did you mean --config?'],
    ['run extra', 'unexpected word "extra"; run takes options only'],
    ['run -- --config', 'unexpected word "--config"; run takes options only'],
    ['run --print', '--print is no option of run; it belongs to check-config'],
    ['run --pcap a', '--pcap takes - only, for standard input; callfate analyze reads files'],
    ['run --pcap - -i any', '--pcap and --interface are two sources of the same kind; keep one'],
    ['analyze', 'analyze needs a capture; write callfate analyze FILE, or - for standard input'],
    ['analyze - -', 'standard input is given twice; it can be read once'],
    ['analyze a --format tabel', 'unknown format "tabel"; did you mean table?'],
    ['analyze a --format xml', 'unknown format "xml"; choose table, json, jsonl, csv, prometheus'],
    ['analyze a --call x --format csv', '--call goes with --format table or json, not with csv'],
    ['analyze a --pcap -', '--pcap is no option of analyze; it belongs to run'],
    ['check-config --url x', '--url is no option of check-config; it belongs to demo'],
    ['explain', 'explain needs CODE...; write explain 486'],
    ['run --json', '--json is no option of run; it belongs to explain'],
    ['--config', '--config needs a value; write --config FILE'],
    ['--config=', '--config needs a value; write --config FILE'],
    ['check-config --config --print', '--config needs a value; write --config FILE'],
    ['check-config --print=yes', '--print takes no value; leave it out'],
    ['-c a --config b', '--config is given twice; keep one'],
    ['toString', 'unknown command "toString"; callfate --help lists them'],
    ['a\nb\u001b[31m', 'unknown command "a?b?[31m"; callfate --help lists them'],
  ])('%j', (line, error) => {
    expect(readArgs(words(line))).toEqual({ ok: false, error });
  });
});
