import { beforeEach, describe, expect, test } from 'vitest';
import type { Verdict } from '../src/classify/outcome.ts';
import { parseCidr } from '../src/config/cidr.ts';
import { DEFAULTS } from '../src/config/schema.ts';
import { shippedVocabularies } from '../src/config/setup.ts';
import { Engine } from '../src/engine.ts';
import { engineOptions } from '../src/engine-options.ts';
import type { MetricName } from '../src/outputs/metric-table.ts';
import { type FrameMeta, SOURCES } from '../src/sources/source.ts';
import { encodeAddresses } from './support/hep.ts';
import { request, response } from './support/sip.ts';

const T0 = Date.UTC(2026, 10, 21);
const TRUNK = '10.0.0.2:5060';
const PBX = '10.0.0.1:5060';

let engine: Engine;

function range(text: string) {
  const cidr = parseCidr(text);
  if (!cidr.ok) throw new Error(cidr.error);
  return cidr.value;
}

beforeEach(() => {
  const options = engineOptions(DEFAULTS, 'test');
  engine = new Engine(
    {
      ...options,
      tracker: { ...options.tracker, capacity: 64 },
      peers: [{ name: 'trunk', role: 'carrier', ranges: [range('10.0.0.2')] }],
      prefixes: [
        { name: 'national', starts: ['0'] },
        { name: 'mobile', starts: ['015', '+4915'] },
      ],
    },
    () => undefined,
  );
});

function send(at: number, text: string, [source, destination] = [PBX, TRUNK]): void {
  const meta: FrameMeta = {
    source: SOURCES.indexOf('library'),
    arrivedAt: T0 + at,
    payload: 'sip',
    transport: 17,
    addresses: encodeAddresses(source ?? PBX, destination ?? TRUNK),
  };
  engine.pipeline.accept(Buffer.from(text), meta);
}

const back = (at: number, text: string): void => send(at, text, [TRUNK, PBX]);

function value(name: MetricName, ...labels: string[]): number {
  engine.publish();
  return engine.bank.cells[engine.bank.cell(name, ...labels)] ?? Number.NaN;
}

describe('probes', () => {
  test('an OPTIONS is counted by the peer that was asked, and its final once', () => {
    send(0, request('>', 'OPTIONS', { n: 1, b: 'x', to: '-' }));
    send(500, request('>', 'OPTIONS', { n: 1, b: 'x', to: '-' }));
    back(510, response('<', 200, 'OPTIONS', { n: 1, b: 'x' }));
    back(520, response('<', 200, 'OPTIONS', { n: 1, b: 'x' }));
    engine.tracker.advance(T0 + 60_000);
    expect(value('callfate_peer_probe_finals_total', 'trunk', 'OPTIONS', '200')).toBe(1);
    expect(value('callfate_peer_probe_timeouts_total', 'trunk', 'OPTIONS')).toBe(0);
    expect(value('callfate_attempts_started_total')).toBe(0);
  });

  test('a final that is seen before its request waits for it (each direction may have its own connection)', () => {
    back(0, response('<', 200, 'OPTIONS', { n: 1, b: 'x' }));
    back(5, response('<', 200, 'OPTIONS', { n: 1, b: 'x' }));
    expect(value('callfate_peer_probe_finals_total', 'trunk', 'OPTIONS', '200')).toBe(0);
    send(10, request('>', 'OPTIONS', { n: 1, b: 'x', to: '-' }));
    send(20, request('>', 'OPTIONS', { n: 1, b: 'x', to: '-' }));
    engine.tracker.advance(T0 + 60_000);
    expect(value('callfate_peer_probe_finals_total', 'trunk', 'OPTIONS', '200')).toBe(1);
    expect(value('callfate_peer_probe_timeouts_total', 'trunk', 'OPTIONS')).toBe(0);
  });

  test("a final without a request is nobody's and no time-out", () => {
    back(0, response('<', 200, 'REGISTER', { n: 1 }));
    engine.tracker.advance(T0 + 60_000);
    expect(value('callfate_peer_probe_finals_total', 'trunk', 'REGISTER', '200')).toBe(0);
    expect(value('callfate_peer_probe_timeouts_total', 'trunk', 'REGISTER')).toBe(0);
  });

  test('a REGISTER that nobody answers is a time-out after 32 s (Timer F)', () => {
    send(0, request('>', 'REGISTER', { n: 1, to: '-' }));
    engine.tracker.advance(T0 + 31_000);
    expect(value('callfate_peer_probe_timeouts_total', 'trunk', 'REGISTER')).toBe(0);
    engine.tracker.advance(T0 + 33_000);
    expect(value('callfate_peer_probe_timeouts_total', 'trunk', 'REGISTER')).toBe(1);
  });
});

test('attempts are counted by group of called numbers, the longest prefix first', () => {
  for (const [i, callee] of ['0301234567', '01511234567', '+49151123', '112'].entries()) {
    // With credentials: a stranger's refused call would be unsolicited.
    const call = { id: `c${i}`, from: `f${i}`, callee, auth: true };
    send(i * 10, request('>', 'INVITE', call));
    back(i * 10 + 5, response('<', 486, 'INVITE', call));
  }
  engine.tracker.advance(T0 + 60_000);
  const count = (prefix: string): number =>
    value('callfate_prefix_attempts_ended_total', prefix, 'outbound', 'busy');
  expect([count('national'), count('mobile'), count('other')]).toEqual([1, 2, 1]);
});

test('the age of the oldest attempt is told by stage', () => {
  send(0, request('>', 'INVITE', { id: 'rings', from: 'r' }));
  back(100, response('<', 180, 'INVITE', { id: 'rings', from: 'r' }));
  send(4000, request('>', 'INVITE', { id: 'dials', from: 'd' }));
  engine.tracker.advance(T0 + 10_000);
  const age = (stage: string): number => value('callfate_oldest_attempt_age_seconds', stage);
  expect(age('ringing')).toBe(10);
  expect(age('dialing')).toBe(6);
  expect([age('answered'), age('settling')]).toEqual([0, 0]);
});

describe('vocabularies', () => {
  const own = shippedVocabularies(DEFAULTS).filter(({ id }) => id === 'tencent-ccc');
  const verdicts: Verdict[] = [];
  const cell = (code: string, name: string): number =>
    value('callfate_vocabulary_total', 'tencent-ccc', 'status', code, name);

  beforeEach(() => {
    verdicts.length = 0;
    const options = engineOptions(DEFAULTS, 'test', own);
    engine = new Engine(
      {
        ...options,
        tracker: { ...options.tracker, capacity: 64 },
        peers: [{ name: 'trunk', role: 'carrier', ranges: [range('10.0.0.2')] }],
      },
      (verdict) => verdicts.push(verdict),
    );
  });

  const refuse = (id: string, at: number): void => {
    const call = { id, from: `f-${id}`, auth: true };
    send(at, request('>', 'INVITE', call));
    back(at + 5, response('<', 486, 'INVITE', call));
    engine.tracker.advance(T0 + at + 60_000);
  };

  test('a verdict has its codes, and each is counted once a call', () => {
    expect(cell('206', 'busy')).toBe(0);
    refuse('a', 0);
    refuse('b', 100_000);
    expect(verdicts.map(({ vocabularies }) => vocabularies)).toEqual(
      Array.from({ length: 2 }, () => ({
        'tencent-ccc': { status: { code: '206', name: 'busy' } },
      })),
    );
    expect(cell('206', 'busy')).toBe(2);
  });

  test('a reload without a vocabulary takes its series along; one that stays keeps its counts', () => {
    refuse('a', 0);
    const options = engineOptions(DEFAULTS, 'test', shippedVocabularies(DEFAULTS).toReversed());
    engine.configure({ ...options, peers: [] });
    expect(cell('206', 'busy')).toBe(1);
    refuse('b', 100_000);
    expect(cell('206', 'busy')).toBe(2);
    expect(Object.keys(verdicts[1]?.vocabularies ?? {})).toHaveLength(5);
    engine.configure(engineOptions(DEFAULTS, 'test'));
    refuse('c', 200_000);
    expect(verdicts[2]?.vocabularies).toEqual({});
    expect(() => cell('206', 'busy')).toThrow('no series');
  });

  test('two legs are one call', () => {
    const leg = (at: number, id: string, hop: 1 | 2): void => {
      const headers = [
        'Session-ID: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;remote=00000000000000000000000000000000',
      ];
      const call = { id, from: `f-${id}`, auth: true, headers, b: `${hop}` };
      send(at, request('>', 'INVITE', call));
      back(at + 20, response('<', 486, 'INVITE', call));
    };
    leg(0, 'a', 1);
    leg(5, 'b', 2);
    engine.tracker.advance(T0 + 60_000);
    expect(verdicts.map(({ legs }) => legs.length)).toEqual([2]);
    expect(cell('206', 'busy')).toBe(1);
  });
});

describe('a classifier that throws', () => {
  /** Judging a call that the trunk was asked for throws. */
  function faulty(onFault: ((error: unknown) => void) | null) {
    const options = engineOptions(DEFAULTS, '1.0.0');
    let armed = false;
    const trunk = {
      name: 'trunk',
      get role(): 'carrier' {
        if (armed) throw new Error('a bug');
        return 'carrier';
      },
      ranges: [range('10.0.0.2')],
    };
    const callIds: string[] = [];
    engine = new Engine(
      { ...options, seed: [1, 2], peers: [trunk], tracker: { ...options.tracker, capacity: 64 } },
      ({ callId }) => callIds.push(callId),
    );
    engine.pipeline.onFault = onFault;
    const play = (at: number, id: string, bug: boolean): void => {
      send(at, request('>', 'INVITE', { id }));
      back(at + 10, response('<', 486, 'INVITE', { id }));
      armed = bug;
      engine.tracker.advance(T0 + at + 20_000);
      armed = false;
    };
    return { play, callIds };
  }

  test('costs the call that it was to judge, and no other', () => {
    const faults: unknown[] = [];
    const { play, callIds } = faulty((error) => faults.push(error));
    play(0, 'before', false);
    play(30_000, 'poisoned', true);
    play(60_000, 'after', false);
    expect(callIds).toEqual(['before', 'after']);
    expect(faults).toEqual([new Error('a bug')]);
    expect(value('callfate_input_lost_total', 'library', 'observer')).toBe(1);
    const lost = ['unknown', 'lost', 'observer_stopped', 'unknown'] as const;
    expect(value('callfate_attempts_ended_total', ...lost)).toBe(1);
    expect(value('callfate_attempts_active')).toBe(0);
    expect(value('callfate_calls_closed_total')).toBe(3);
  });

  test('throws on where nobody is to be told', () => {
    const { play } = faulty(null);
    expect(() => play(0, 'poisoned', true)).toThrow('a bug');
  });
});

test('a frame that makes a reader throw is counted, and the next one read', () => {
  const faults: unknown[] = [];
  engine.pipeline.onFault = (error) => faults.push(error);
  let poisoned = true;
  engine.pipeline.tap = () => {
    if (poisoned) throw new Error('a bug');
  };
  send(0, request('>', 'INVITE', { id: 'poisoned' }));
  poisoned = false;
  send(10, request('>', 'INVITE', { id: 'next' }));
  expect(faults).toHaveLength(1);
  expect(value('callfate_input_lost_total', 'library', 'observer')).toBe(1);
  expect(value('callfate_attempts_started_total')).toBe(1);
});
