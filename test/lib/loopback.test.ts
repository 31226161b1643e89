import { describe, expect, test } from 'vitest';
import { isAddressed, isLoopback } from '../../src/lib/loopback.ts';

describe('a host is loopback', () => {
  test.each([
    '127.0.0.1',
    '127.255.0.9',
    '::1',
    '0:0:0:0:0:0:0:1',
    '0000::0001',
    '::ffff:127.0.0.1',
    'localhost',
    'LOCALHOST',
  ])('%s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  test.each([
    '127.0.0.1.evil.example',
    '127.1',
    '127.0.0.256',
    '127.0.0.01',
    '0.0.0.0',
    '::',
    '::2',
    '1::1',
    ':::1',
    '::ffff:10.0.0.1',
    '[::1]',
    'localhost.evil.example',
    '',
  ])('%j is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('Host holds an address or localhost', () => {
  test.each([
    '10.0.0.9',
    '127.0.0.1:9606',
    '[::1]',
    '[2001:db8::1]:9606',
    'Localhost:80',
    '1.2.3.4:',
  ])('%s', (header) => {
    expect(isAddressed(header)).toBe(true);
  });
  test.each([
    '127.evil.example',
    '127.0.0.1.evil.example',
    '1.2.3',
    '300.0.0.1',
    '::1',
    '[x]',
    '1.2.3.4:x',
    ':80',
  ])('%s: it does not', (header) => {
    expect(isAddressed(header)).toBe(false);
  });
});
