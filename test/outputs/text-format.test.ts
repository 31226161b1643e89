import { expect, test } from 'vitest';
import {
  exemplarFits,
  formatBound,
  formatExemplar,
  formatHeader,
  formatLabels,
  formatValue,
} from '../../src/outputs/text-format.ts';

test.each([
  [0, '0'],
  [-1.5, '-1.5'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
])('writes the value %d as %s', (value, text) => {
  expect(formatValue(value)).toBe(text);
});

/** The examples of OpenMetrics 1.0.0, Considerations: Canonical Numbers. */
test.each([
  [0, '0.0'],
  [0.001, '0.001'],
  [0.95, '0.95'],
  [1, '1.0'],
  [1.7, '1.7'],
  [10, '10.0'],
])('writes the bound %d as %s', (bound, text) => {
  expect(formatBound(bound)).toBe(text);
});

test('names and escapes a family as each format wants it', () => {
  const family = { name: 'calls_total', type: 'counter', help: 'a "b" \\ c\nd' };
  expect(formatHeader(family, 'text')).toBe(
    '# HELP calls_total a "b" \\\\ c\\nd\n# TYPE calls_total counter\n',
  );
  expect(formatHeader(family, 'openmetrics')).toBe(
    '# HELP calls a \\"b\\" \\\\ c\\nd\n# TYPE calls counter\n',
  );
  // Only the name of a counter is another.
  const gauge = { name: 'handles_total', type: 'gauge', help: '' };
  expect(formatHeader(gauge, 'openmetrics')).toContain('# TYPE handles_total gauge');
});

test('escapes label values and leaves out an empty set', () => {
  expect(formatLabels([])).toBe('');
  expect(
    formatLabels([
      ['a', '\\n\n"'],
      ['b', ''],
    ]),
  ).toBe('{a="\\\\n\\n\\"",b=""}');
});

test('an exemplar without labels still has its set', () => {
  expect(formatExemplar({ cell: 0, labels: {}, value: 2, timestamp: 1.5 })).toBe(' # {} 2 1.5');
});

test.each(['a\0b', 'a\nb', 'a\u007fb', 'a\u0085b'])(
  'an exemplar with a control character is left out: %j',
  (callId) => {
    expect(exemplarFits({ call_id: callId })).toBe(false);
  },
);
