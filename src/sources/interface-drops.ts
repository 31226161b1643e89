import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the driver of an interface had no room for, before any socket saw it; those that tcpdump sums up too. */
const COUNTERS = ['rx_missed_errors', 'rx_fifo_errors'] as const;

/** Packets that the interface itself dropped since it was made; 0 where the system does not say. */
export function readInterfaceDrops(name: string, folder = '/sys/class/net'): number {
  return COUNTERS.reduce((sum, counter) => {
    try {
      const text = readFileSync(join(folder, name, 'statistics', counter), 'latin1');
      return sum + (Number.parseInt(text, 10) || 0);
    } catch {
      return sum;
    }
  }, 0);
}
