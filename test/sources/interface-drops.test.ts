import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInterfaceDrops } from '../../src/sources/interface-drops.ts';

test('sums up what an interface dropped, as far as the system says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callfate-interfaces-'));
  const write = (name: string, counter: string, text: string) => {
    mkdirSync(join(folder, name, 'statistics'), { recursive: true });
    writeFileSync(join(folder, name, 'statistics', counter), text);
  };
  write('eth0', 'rx_missed_errors', '40\n');
  write('eth0', 'rx_fifo_errors', '2\n');
  write('eth1', 'rx_missed_errors', '7\n');
  write('eth2', 'rx_missed_errors', '\n');
  expect(['eth0', 'eth1', 'eth2', 'any'].map((name) => readInterfaceDrops(name, folder))).toEqual([
    42, 7, 0, 0,
  ]);
  rmSync(folder, { recursive: true });
});

test.runIf(existsSync('/sys/class/net/lo'))('the system has these counters', () => {
  for (const counter of ['rx_missed_errors', 'rx_fifo_errors'])
    expect(existsSync(`/sys/class/net/lo/statistics/${counter}`)).toBe(true);
  expect(readInterfaceDrops('lo')).toBe(0);
});
