import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { bindError } from '../lib/bind-error.ts';
import type { Certificates } from '../lib/certificates.ts';

/** Of every listener that takes connections. */
export interface ListenerOptions {
  /** IP address or name to bind; an IPv6 address without brackets. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Open connections; one more is refused. */
  readonly maxConnections: number;
  /** Null: no TLS. With it a client certificate may be asked for. */
  readonly certificates: Certificates | null;
  /** Something to tell the operator, such as errors of the listening socket after it was bound. */
  readonly onError: (error: Error) => void;
}

/** What speaks HTTP first. */
export interface WebListenerOptions extends ListenerOptions {
  /** A client failed the TLS handshake. */
  readonly onHandshakeFailed: () => void;
}

/** Rejects when the address cannot be bound, with an error that names it and says for `what`. */
export async function listenOn(
  server: Server,
  what: string,
  { host, port, onError }: ListenerOptions,
): Promise<void> {
  try {
    const listening = once(server, 'listening');
    server.listen({ host, port });
    await listening;
  } catch (error) {
    throw bindError(what, host, port, error);
  }
  server.on('error', onError);
}

/** Where a server listens that does. */
export function boundAddress(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address;
}
