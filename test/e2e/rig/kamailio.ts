/** The proxy: Kamailio with test/e2e/conf/kamailio.cfg. */
import { join } from 'node:path';
import { CONFIGURATION } from './namespace.ts';
import type { ProcessSpec } from './protocol.ts';

/** `hep: false` leaves siptrace out. */
export function kamailioIn(directory: string, { hep }: { readonly hep: boolean }): ProcessSpec {
  return {
    name: 'kamailio',
    command: 'kamailio',
    args: [
      ...['-f', join(CONFIGURATION, 'kamailio.cfg'), '-Y', directory],
      // In the foreground, log on standard error.
      ...['-DD', '-E'],
      ...(hep ? [] : ['-A', 'NOHEP']),
    ],
    ready: [
      { kind: 'udp', address: '127.0.0.1', port: 5060 },
      { kind: 'tcp', address: '127.0.0.1', port: 8088 },
    ],
  };
}
