import { expect, test } from 'vitest';
import { type Axis, type Family, METRICS } from '../../src/outputs/metric-table.ts';

const EMPTY = {
  version: '',
  peers: [],
  prefixes: [],
  vocabularyCodes: [],
  tuples: [],
  finalStatuses: [],
};

const HEADER = `# Metrics

<!-- Generated from src/outputs/metric-table.ts. Regenerate:
     npx vitest run --project unit test/outputs/metrics-doc.test.ts -u -->

\`GET /metrics\` answers in Prometheus text 0.0.4, or in OpenMetrics 1.0.0 when \`Accept\` prefers it. Names, labels and
label values only grow within a major version.

- Two laws hold in every scrape: attempts \`started = ended + active\`; calls \`opened = closed + open + merged\`.
- Every series exists from the start, at 0, except in families marked "once counted".
- Label values come from closed sets and the configuration, never from the wire.
- In OpenMetrics, \`callfate_attempts_ended_total\` carries the Call-ID of the last abnormal attempt of each series as
  exemplar \`call_id\`. A Call-ID that is too long for OpenMetrics is left out and counted.
- A histogram bound is written as a float (\`le="1.0"\`) in both formats.
- A reload that removes a peer removes its series; the others keep their counts.
- The number of series has a budget, \`limits.series\`: a configuration whose peers, number groups and vocabularies could
  make more is refused at the start, by \`check-config\` and by a reload, with one line that names the key.
  \`callfate_series\` is what the configuration can make at most; a scrape has fewer while series are not counted yet.
- prom-client's metrics of the whole process (\`process_*\`) and of the main thread's Node (\`nodejs_*\`) follow.
`;

const TYPE_NAMES = { counter: 'Counter', gauge: 'Gauge', histogram: 'Histogram' };
const code = (text: string): string => `\`${text}\``;

/** Breaks a paragraph or list item at 120 columns, as the linter of the docs asks. */
function wrap(text: string, indent = ''): string {
  return text.replace(/(?=.{119})(.{1,118}) /g, `$1\n${indent}`);
}

function labelLines({ labels, values, rows }: Axis): string[] {
  const described =
    values ||
    rows(EMPTY)
      .map(([value = '']) => code(value))
      .join(' ');
  return [wrap(`- ${labels.map(code).join(', ')}: ${described}`, '  ')];
}

function section({ name, type, help, axes, buckets, preinit }: Family): string {
  const lines = [
    `### ${name}`,
    '',
    wrap(`${TYPE_NAMES[type]}${preinit ? '' : ', once counted'}. ${help}`),
  ];
  const details = axes.flatMap(labelLines);
  if (buckets.length > 0) details.push(`- \`le\`: ${buckets.join(' ')} +Inf`);
  return [...lines, ...(details.length > 0 ? ['', ...details] : []), ''].join('\n');
}

const GROUPS = [
  [
    'Attempts, calls and verdicts',
    /^callfate_(attempts|calls|ratio|peer_(attempts|probe)|prefix|branch|q850|evidence|vocabulary)_/,
  ],
  ['Durations', /^callfate_(peer_)?(post_dial_delay|ring|talk|session)_/],
  ['Facts beside the signalling', /^callfate_(context|media)_/],
  ['Input health', /^callfate_(input|receive)_/],
  [
    'Engine',
    /^callfate_(orphans|stragglers|late|ambiguous|limit|capture|verdicts|exemplars|oldest|scanner)_/,
  ],
  [
    'Edge',
    /^callfate_(build|series|config|websocket|relay|hep|http|tls|engine|log|recent|streams?)(?:_|$)/,
  ],
] as const;

function document(): string {
  const groups = GROUPS.map(([title, pattern]) => {
    const members = METRICS.filter(({ name }) => pattern.test(name));
    return [`## ${title}`, '', ...members.map(section)].join('\n');
  });
  return [HEADER, ...groups].join('\n');
}

test('docs/metrics.md is current', async () => {
  await expect(document()).toMatchFileSnapshot('../../docs/metrics.md');
});

test('every family is in exactly one group', () => {
  for (const { name } of METRICS) {
    expect(
      GROUPS.filter(([, pattern]) => pattern.test(name)),
      name,
    ).toHaveLength(1);
  }
});
