import { describe, expect, test } from 'vitest';
import { acceptsGzip, negotiate } from '../../src/outputs/negotiate.ts';

const OPEN = 'application/openmetrics-text';

describe('the format', () => {
  test.each([
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/plain', 'text'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    ['application/json', 'text'],
    [OPEN, 'openmetrics'],
    [`${OPEN};version=1.0.0`, 'openmetrics'],
    [`${OPEN}; version="1.0.0"; charset=utf-8`, 'openmetrics'],
    [OPEN.toUpperCase(), 'openmetrics'],
    // Another version is another format.
    [`${OPEN};version=0.0.1`, 'text'],
    [`${OPEN};version=2.0.0,text/plain;q=0.1`, 'text'],
    // Prometheus 2.42 and 3.
    [
      `${OPEN};version=1.0.0,${OPEN};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'openmetrics',
    ],
    [
      `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,${OPEN};version=1.0.0;escaping=allow-utf-8;q=0.5,${OPEN};version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
      'openmetrics',
    ],
    ['text/plain;version=0.0.4;q=0.5,*/*;q=0.1', 'text'],
    // The higher weight wins in either order.
    [`${OPEN};q=0.4,text/plain;q=0.5`, 'text'],
    [`text/plain;q=0.4, ${OPEN};q=0.5`, 'openmetrics'],
    // At equal weight the one that is named, and text when both are.
    [`${OPEN},*/*`, 'openmetrics'],
    [`${OPEN},text/plain`, 'text'],
    ['application/*;q=0.9,text/*;q=0.1', 'openmetrics'],
    // The exact range speaks for its type, a wildcard does not overrule it.
    [`${OPEN};q=0,*/*`, 'text'],
    [`${OPEN};q=0.1,*/*;q=0.9`, 'text'],
    [`text/plain;q=0,${OPEN};q=0.001`, 'openmetrics'],
    // Of two ranges that fit alike, the first.
    [`${OPEN};q=0.9,${OPEN};q=0.1,text/plain;q=0.5`, 'openmetrics'],
    // A broken weight asks for nothing.
    [`${OPEN};q=high`, 'text'],
    [`${OPEN};q=2`, 'text'],
    [`${OPEN};q=-1`, 'text'],
    [',;=,;q', 'text'],
  ])('for Accept %j is %s', (accept, format) => {
    expect(negotiate(accept)).toBe(format);
  });
});

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['deflate, gzip;q=0.5', true],
  ['GZIP', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['*', true],
  ['*;q=0', false],
  ['br, zstd', false],
])('Accept-Encoding %j takes gzip: %s', (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected);
});
