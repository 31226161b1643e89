import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { isReasonId, reasonRow } from '../../src/classify/reasons.ts';
import { CALLS } from '../../src/cli/demo/calls.ts';
import {
  brokenLaws,
  countedReasons,
  inexactCounters,
  judgeByCounters,
  judgeByVerdicts,
  type Seen,
} from '../../src/cli/demo/compare.ts';
import type { Played } from '../../src/cli/demo/play.ts';
import { callLines } from '../../src/cli/demo/report.ts';
import { moved, readScrape } from '../../src/cli/demo/scrape.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const MAIN = join(PROJECT, 'dist/main.js');
/** Nothing can answer there, whatever runs on the machine, so the demo starts its own sidecar. */
const NOBODY = { CALLFATE_HTTP_PORT: '0' };

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function demo(args: readonly string[] = [], variables: Record<string, string> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'demo', ...args], {
    cwd: PROJECT,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...variables },
    timeout: 100_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/** The line of each call, its mark first, and the words of the verdict below it. */
function shownCalls(out: string): { line: string; verdict: string[] }[] {
  const lines = out.split('\n');
  return lines.flatMap((line, index) =>
    /^(?:ok {2}|FAIL) [ \d]\d {2}/.test(line)
      ? [{ line, verdict: (lines[index + 1] ?? '').trim().split(/ {2,}/) }]
      : [],
  );
}

function shownLine(index: number, mark = 'ok  '): string {
  const call = CALLS[index];
  const by = call?.by === 'hep' ? 'HEP   ' : 'sip.js';
  return `${mark} ${String(index + 1).padStart(2)}  ${by}  ${call?.played}`;
}

describe('the calls', () => {
  test('are a dozen or more, eight or more of them by sip.js and some by HEP', () => {
    expect(CALLS.length).toBeGreaterThanOrEqual(12);
    expect(CALLS.filter(({ by }) => by !== 'hep').length).toBeGreaterThanOrEqual(8);
    expect(CALLS.filter(({ by }) => by === 'hep').length).toBeGreaterThanOrEqual(1);
  });

  test('each have their own number', () => {
    expect(new Set(CALLS.map(({ number }) => number)).size).toBe(CALLS.length);
  });

  test.each(CALLS)('$played: expects a row of the reason table', ({ expected }) => {
    const { outcome, attribution, reason } = expected;
    expect(isReasonId(reason)).toBe(true);
    expect({ outcome, attribution }).toEqual({
      outcome: reasonRow(reason).outcome,
      attribution: reasonRow(reason).attribution,
    });
  });
});

describe('by itself', () => {
  let run: Outcome;
  beforeAll(() => {
    run = demo([], NOBODY);
  });

  test('agrees with every verdict and ends', () => {
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toContain(`${CALLS.length} of ${CALLS.length} calls ended as expected`);
  });

  test('shows a verdict for every call', () => {
    expect(shownCalls(run.out)).toEqual(
      CALLS.map(({ expected }, index) => ({
        line: shownLine(index),
        verdict: [
          expected.outcome,
          expected.reason,
          expected.attribution,
          expected.endedBy,
          expected.certainty,
        ],
      })),
    );
  });

  test('shows the counters that moved', () => {
    const counters = run.out.slice(run.out.indexOf('Counters that moved:')).split('\n');
    const all = `+${CALLS.length}`.padStart(5);
    expect(counters).toContain(`${all}  callfate_attempts_started_total`);
    expect(counters).toContain(`${all}  callfate_calls_closed_total`);
    const hep = CALLS.flatMap((call) => (call.by === 'hep' ? call.steps : [])).length;
    expect(counters).toContain(`${`+${hep}`.padStart(5)}    hep_udp`);
    expect(counters.filter((line) => /malformed|lost|orphans|duplicates/.test(line))).toEqual([]);
  });

  test('fits a terminal of 100 columns, in plain text', () => {
    expect(Math.max(...run.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(run.out).toMatch(/^[\n -~]+$/);
  });

  test('docs/demo.md shows these calls and verdicts', () => {
    const page = readFileSync(join(PROJECT, 'docs/demo.md'), 'utf8').split('\n');
    const [first, last] = ['         outcome', 'Counters that moved:'].map((start) =>
      run.out.split('\n').findIndex((line) => line.startsWith(start)),
    );
    const table = run.out.split('\n').slice(first, last);
    const at = page.indexOf(table[0] ?? '');
    expect(page.slice(at, at + table.length)).toEqual(table);
  });
});

/** `callfate run` on free ports, as another process. */
class Running {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(config: string): Promise<Running> {
    const child = spawn(process.execPath, [MAIN, 'run', '--config', config], {
      cwd: PROJECT,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const running = new Running(child);
    if (child.stdout === null) throw new Error('no standard output');
    const reader = createInterface({ input: child.stdout });
    const ready = new Promise<void>((resolve, reject) => {
      reader.on('line', (line) => {
        running.lines.push(line);
        if (line.includes('callfate is ready')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`callfate run ended with ${code}`)));
    });
    await ready;
    return running;
  }

  /** Ports as it has written them when it was ready. */
  get ports(): { http: number; websocket: number; hep: number } {
    const line = this.lines.find((one) => one.includes('callfate is ready')) ?? '{}';
    const { http, websocket, hep } = JSON.parse(line);
    return { http: http.port, websocket: websocket.port, hep: hep.port };
  }

  async stop(): Promise<readonly Verdict[]> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
    return this.lines
      .map((line) => JSON.parse(line))
      .filter(({ msg }: { msg: string }) => msg === 'call ended');
  }
}

describe('against a running callfate', () => {
  const TOKENS = { http: 'a-token-for-http', websocket: 'a-token-for-ws', hep: 'a-key' };
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'callfate-demo-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** A configuration file; `retryMs` is how long a 503 waits for its verdict. */
  function configFile(
    name: string,
    ports: { http: number; websocket: number; hep: number },
    retryMs: number,
  ): string {
    const path = join(directory, name);
    const config = {
      http: { port: ports.http, token: TOKENS.http },
      websocket: { port: ports.websocket, token: TOKENS.websocket, path: '/sip' },
      hep: { udp: { port: ports.hep, authKey: TOKENS.hep } },
      calls: { reorderWindowMs: 100, retryWindowMs: retryMs },
      // With peers, refusals of strangers are unsolicited: the demo's calls must not look like that.
      peers: [{ name: 'pbx', role: 'pbx', addresses: ['192.0.2.10'] }],
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }
  const FREE = { http: 0, websocket: 0, hep: 0 };

  test('reads the verdicts from its counters', async () => {
    const running = await Running.start(configFile('short.yaml', FREE, 500));
    const { ports } = running;
    const first = demo(['--config', configFile('same.yaml', ports, 500)]);
    const again = demo([
      ...['--url', `http://127.0.0.1:${ports.http}/`],
      ...['--config', configFile('same.yaml', ports, 500)],
    ]);
    const verdicts = await running.stop();
    for (const { code, out, err } of [first, again]) {
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(`the callfate at http://127.0.0.1:${ports.http}\n`);
      expect(shownCalls(out)).toEqual(
        CALLS.map(({ expected }, index) => ({
          line: shownLine(index),
          verdict: [expected.outcome, expected.reason, expected.attribution, '-', '-'],
        })),
      );
    }
    const twice = [...CALLS, ...CALLS].map(({ expected }) => expected.reason);
    const byName = (a: string, b: string): number => a.localeCompare(b);
    expect(verdicts.map(({ reason }) => reason).sort(byName)).toEqual(twice.sort(byName));
  });

  test('a verdict that does not come is one line and exit code 1', async () => {
    const running = await Running.start(configFile('long.yaml', FREE, 60_000));
    const { code, out, err } = demo(['--config', configFile('other.yaml', running.ports, 0)]);
    await running.stop();
    const short = CALLS.flatMap(({ expected, played }, index) =>
      expected.reason === 'no_circuit_available' ? [{ played, index }] : [],
    );
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toEqual(
      short.map(
        ({ played, index }) =>
          `callfate: call ${index + 1} (${played}): its counter moved by 1, not by 2`,
      ),
    );
    const failed = shownCalls(out).filter(({ line }) => line.startsWith('FAIL'));
    expect(failed).toEqual(
      short.map(({ index }) => ({ line: shownLine(index, 'FAIL'), verdict: ['no verdict seen'] })),
    );
    expect(out).toContain(`${CALLS.length - 2} of ${CALLS.length} calls ended as expected`);
  });

  test('without its token says so', async () => {
    const running = await Running.start(configFile('token.yaml', FREE, 500));
    const url = `http://127.0.0.1:${running.ports.http}`;
    const outcome = demo(['--url', url]);
    await running.stop();
    expect(outcome).toEqual({
      code: 1,
      out: '',
      err: `callfate: ${url} asks for a token; set http.token\n`,
    });
  });
});

test.each([
  [['--url', 'localhost:9606'], 2, 'callfate: --url localhost:9606 is no address; write http://'],
  [['--url', 'http://127.0.0.1:1'], 1, 'callfate: nothing answers at http://127.0.0.1:1\n'],
  [['--config', 'test/config/bad/above-maximum.yaml'], 3, 'http.port: 70000'],
])('%j ends with %d', (args, code, message) => {
  const run = demo(args);
  expect(run).toMatchObject({ code, out: '' });
  expect(run.err).toContain(message);
  expect(run.err.trim().split('\n')).toHaveLength(1);
});

describe('the comparison', () => {
  const played: readonly Played[] = CALLS.map((call) => ({
    call,
    callId: call.number,
    problem: null,
  }));
  const problemsOf = (verdicts: ReadonlyMap<string, Seen>): (string | null)[] =>
    judgeByVerdicts(played, verdicts).map(({ problem }) => problem);
  const right = new Map<string, Seen>(CALLS.map(({ number, expected }) => [number, expected]));

  test('finds nothing where all agree', () => {
    expect(problemsOf(right)).toEqual(CALLS.map(() => null));
  });

  test.each([
    ['outcome', 'outcome'],
    ['reason', 'reason'],
    ['attribution', 'fault'],
    ['endedBy', 'ended by'],
    ['certainty', 'certainty'],
  ] as const)('tells a wrong %s', (field, name) => {
    const [call] = CALLS;
    if (call === undefined) throw new Error('no call');
    const seen = { ...call.expected, [field]: 'other' };
    const [problem, ...others] = problemsOf(new Map([...right, [call.number, seen]]));
    expect(problem).toBe(`${name} is other, not ${call.expected[field]}`);
    expect(others.filter((one) => one !== null)).toEqual([]);
  });

  test('tells a verdict that is missing', () => {
    expect(problemsOf(new Map())).toEqual(CALLS.map(() => 'no verdict came'));
  });

  test('tells a call that did not run to its end, whatever its verdict', () => {
    const [call] = CALLS;
    if (call === undefined) throw new Error('no call');
    const [judged] = judgeByVerdicts([{ call, callId: call.number, problem: 'too slow' }], right);
    expect(judged?.problem).toBe('too slow');
    expect(callLines(judged === undefined ? [] : [judged])[1]).toMatch(/^FAIL {2}1 /);
  });

  /** A page on which every reason of the demo stands `extra` above what the demo has played. */
  const page = (extra: number): string =>
    CALLS.map(({ expected: { outcome, reason, attribution } }) => {
      const count = CALLS.filter((call) => call.expected.reason === reason).length + extra;
      const labels = `outcome="${outcome}",reason="${reason}",attribution="${attribution}"`;
      return `callfate_attempts_ended_total{direction="unknown",${labels}} ${count}`;
    }).join('\n');
  const EMPTY = readScrape('');

  test.each([
    [0, true, true],
    [1, true, false],
    [-1, false, false],
  ])('counters %d above what was played: by counter %s, exactly %s', (extra, enough, exact) => {
    const counted = countedReasons(EMPTY, readScrape(page(extra)));
    const judged = judgeByCounters(played, counted);
    expect(judged.every(({ problem }) => (problem === null) === enough)).toBe(true);
    const reasons = new Set(CALLS.map(({ expected }) => expected.reason));
    expect(inexactCounters(played, counted)).toHaveLength(exact ? 0 : reasons.size);
  });

  test('a reason that nobody played is told when the sidecar is the own one', () => {
    const stray =
      'callfate_attempts_ended_total{outcome="lost",reason="evicted",attribution="x"} 1';
    const counted = countedReasons(EMPTY, readScrape(`${page(0)}\n${stray}`));
    expect(inexactCounters(played, counted)).toEqual([
      'the counter of lost evicted x moved by 1, not by 0',
    ]);
  });

  test('a broken law is told', () => {
    const attempts =
      'callfate_attempts_started_total 3\ncallfate_attempts_ended_total{reason="a"} 1\ncallfate_attempts_ended_total{reason="b"} 1\ncallfate_attempts_active';
    expect(brokenLaws(readScrape(`${attempts} 1`))).toEqual([]);
    expect(brokenLaws(readScrape(`${attempts} 0`))).toEqual([
      'law broken: attempts started_total is 3, ended_total + active is 2',
    ]);
  });
});

test('a scrape is read with its escapes, and differences are summed over the other labels', () => {
  const before = readScrape('# HELP a b\na_total{x="1",y="p"} 2\n');
  const after = readScrape(
    'a_total{x="1",y="p"} 5\na_total{x="1",y="q\\"}"} 1\na_total{x="2"} 0\n',
  );
  expect(moved(before, after, 'a_total', ['x'])).toEqual([{ values: ['1'], by: 4 }]);
  expect(moved(before, after, 'a_total', ['y'])).toEqual([
    { values: ['p'], by: 3 },
    { values: ['q\\"}'], by: 1 },
  ]);
});
