import type { CertificateEvents } from './lib/certificates.ts';
import type { Bank } from './outputs/bank.ts';
import {
  CLOSE_CODES,
  type Discard,
  type FrameEvents,
  type HepStreamEvents,
  type HepStreamName,
  type RelayEvents,
  type SourceEvents,
  type SourceName,
  type TlsListener,
  type WebSocketRefusal,
} from './sources/source.ts';

const DISCARD_METRICS = {
  not_ours: 'callfate_input_not_ours_total',
  malformed: 'callfate_input_malformed_total',
  lost: 'callfate_input_lost_total',
} as const;

/** Counts the frames of one source into the edge's bank. */
function frameEvents(bank: Bank, source: SourceName): FrameEvents {
  const frames = bank.cell('callfate_input_frames_total', source);
  return {
    received: (count = 1) => bank.add(frames, count),
    discarded: ({ counter, reason }: Discard) =>
      bank.add(bank.cell(DISCARD_METRICS[counter], source, reason)),
  };
}

/** Counts what the WebSocket listener reports. */
export function websocketEvents(bank: Bank): SourceEvents {
  const open = bank.cell('callfate_websocket_connections');
  return {
    ...frameEvents(bank, 'websocket'),
    rejected: (reason: WebSocketRefusal) =>
      bank.add(bank.cell('callfate_websocket_rejected_total', reason)),
    connections: (count) => bank.set(open, count),
  };
}

/** Counts what the relay reports. */
export function relayEvents(bank: Bank): RelayEvents {
  const open = bank.cell('callfate_relay_connections');
  const known = new Set<number>(CLOSE_CODES);
  return {
    ...frameEvents(bank, 'relay'),
    upgrade: (result) => bank.add(bank.cell('callfate_relay_upgrades_total', result)),
    connections: (count) => bank.set(open, count),
    closed: (side, code) => {
      const label = known.has(code) ? String(code) : 'other';
      bank.add(bank.cell('callfate_relay_closes_total', side, label));
    },
  };
}

/** Counts what the listeners for HEP over TCP and TLS report. */
export function hepStreamEvents(bank: Bank): HepStreamEvents {
  const frames = {
    hep_tcp: frameEvents(bank, 'hep_tcp'),
    hep_tls: frameEvents(bank, 'hep_tls'),
  } as const satisfies Record<HepStreamName, FrameEvents>;
  const handshakeFailed = handshakeCounter(bank, 'hep_tls');
  return {
    received: (name, packets) => frames[name].received(packets),
    discarded: (name, discard) => frames[name].discarded(discard),
    rejected: (name, reason) => bank.add(bank.cell('callfate_hep_rejected_total', name, reason)),
    handshakeFailed: () => handshakeFailed(),
    connections: (name, count) => bank.set(bank.cell('callfate_hep_connections', name), count),
  };
}

/** Counts TLS handshakes that failed. */
export function handshakeCounter(bank: Bank, listener: TlsListener): () => void {
  return () => bank.add(bank.cell('callfate_tls_handshake_failures_total', listener));
}

/** Counts certificates that were read, and tells of those that cannot be used. */
export function tlsEvents(
  bank: Bank,
  listener: TlsListener,
  tell: (text: string) => void,
): CertificateEvents {
  const count = (result: 'loaded' | 'failed'): void =>
    bank.add(bank.cell('callfate_tls_certificate_loads_total', listener, result));
  return {
    loaded: ({ expiresAt }) => {
      count('loaded');
      const cell = bank.cell('callfate_tls_certificate_expiry_timestamp_seconds', listener);
      bank.set(cell, Math.floor(expiresAt / 1000));
    },
    failed: (wrong) => {
      count('failed');
      tell(`${listener}: ${wrong}; the old certificate stays`);
    },
  };
}
