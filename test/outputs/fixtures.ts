/** What the tests of the outputs share: a small layout, verdicts, and a reader of both exposition formats. */
import { type OpenMetricsContentType, type PrometheusContentType, Registry } from 'prom-client';
import type { Evidence, EvidenceKind, Verdict } from '../../src/classify/outcome.ts';
import type { LayoutInput } from '../../src/outputs/metric-table.ts';
import type { Format } from '../../src/outputs/text-format.ts';

/** Peers whose names need every escape there is; three legal tuples, two with one outcome. */
export const INPUT: LayoutInput = {
  version: '1.2.3',
  peers: ['other', 'carrier-a', 'quote" back\\slash\nnew line é☎'],
  tuples: [
    { reason: 'normal', outcome: 'completed', attribution: 'none' },
    { reason: 'no_circuit', outcome: 'unreachable', attribution: 'carrier' },
    { reason: 'subscriber_absent', outcome: 'unreachable', attribution: 'callee' },
  ],
  prefixes: ['other', 'mobile'],
  vocabularyCodes: [
    ['acme', 'status', '403', 'BARRED'],
    ['acme', 'status', '403', 'BUSY'],
  ],
  finalStatuses: [200, 404, 486, 603],
};

export const evidence = (kind: EvidenceKind): Evidence => ({
  kind,
  value: '',
  message: null,
  at: null,
  decided: false,
  why: '',
});

export const verdict = (facts: Partial<Verdict> = {}): Verdict => ({
  schema: 1,
  source: 'sip',
  id: '0123456789abcdef',
  captureId: null,
  callId: 'call-1@pbx',
  fromTag: 'a',
  legs: ['0123456789abcdef'],
  joined: null,
  direction: 'outbound',
  peerIn: 'other',
  peerOut: 'carrier-a',
  caller: null,
  callee: null,
  startedAt: '2026-11-21T10:00:00.000Z',
  ringingAt: null,
  answeredAt: null,
  endedAt: '2026-11-21T10:00:02.500Z',
  outcome: 'unreachable',
  reason: 'no_circuit',
  attribution: 'carrier',
  stage: 'dialing',
  endedBy: 'network',
  endedByRole: 'carrier',
  connected: false,
  served: false,
  abnormal: true,
  certainty: 'observed',
  sip: { status: 503, phrase: null, farStatus: 503 },
  q850: null,
  reasonHeaders: [],
  branches: [],
  stages: [],
  context: [],
  evidence: [],
  conflicts: [],
  vocabularies: {},
  timing: { postDialDelay: null, ring: null, talk: null, hold: null, total: 2.5 },
  ...facts,
});

export interface ParsedSample {
  readonly value: number;
  /** As written after `#`, with the timestamp; empty when there is none. */
  readonly exemplar: string;
}

export interface Parsed {
  /** By name and labels, label names sorted, `le` as a number. */
  readonly samples: Map<string, ParsedSample>;
  /** Family name to type. */
  readonly types: Map<string, string>;
  readonly help: Map<string, string>;
  readonly ended: boolean;
}

const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\.)*)",?/g;
const LINE =
  /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)(?: # (\{.*\} \S+ \S+))?$/;
const unquote = (text: string): string =>
  text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));

/** The key under which `parse` keeps a sample. */
export const sampleKey = (name: string, labels: Readonly<Record<string, string>> = {}): string => {
  const pairs = Object.entries(labels).map(([label, value]) =>
    label === 'le' ? [label, String(Number(value.replace('+Inf', 'Infinity')))] : [label, value],
  );
  return `${name} ${JSON.stringify(pairs.sort())}`;
};

const parseValue = (text: string): number =>
  /^nan$/i.test(text) ? Number.NaN : Number(text.replace('Inf', 'Infinity'));

function parseSample(line: string): readonly [string, ParsedSample] {
  const match = LINE.exec(line);
  if (match === null) throw new Error(`not a sample: ${line}`);
  const [, name = '', set = '', value = '', exemplar = ''] = match;
  const labels = Object.fromEntries(
    Array.from(set.matchAll(LABEL), ([, label = '', text = '']) => [label, unquote(text)]),
  );
  return [sampleKey(name, labels), { value: parseValue(value), exemplar }];
}

/** Reads an exposition; throws on a line that is neither a comment nor a sample, and on a repeated series. */
export function parse(exposition: string): Parsed {
  const samples = new Map<string, ParsedSample>();
  const comments = { TYPE: new Map<string, string>(), HELP: new Map<string, string>() };
  const lines = exposition.split('\n');
  if (lines.pop() !== '') throw new Error('the last line does not end');
  for (const line of lines) {
    const [hash, keyword, name = '', ...rest] = line.split(' ');
    if (hash === '#' || line === '') {
      if (keyword === 'TYPE' || keyword === 'HELP') comments[keyword].set(name, rest.join(' '));
      continue;
    }
    const [key, sample] = parseSample(line);
    if (samples.has(key)) throw new Error(`repeated series: ${line}`);
    samples.set(key, sample);
  }
  return { samples, types: comments.TYPE, help: comments.HELP, ended: lines.at(-1) === '# EOF' };
}

/** A prom-client registry of either type; its typings know no argument to the constructor. */
export function clientRegistry(
  format: Format,
): Registry<PrometheusContentType> | Registry<OpenMetricsContentType> {
  if (format === 'text') return new Registry();
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}
