import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Certificates } from '../lib/certificates.ts';

/** For a TLS handshake, ms. */
const HANDSHAKE_MS = 5000;

/** An HTTP server, over TLS when there is a certificate. `handshakeFailed`: a client was not up to its TLS. */
export function createWebServer(
  options: ServerOptions,
  certificates: Certificates | null,
  handshakeFailed: () => void,
  onRequest: RequestListener,
): Server {
  if (certificates === null) return createServer(options, onRequest);
  const tls = { ...certificates.options, handshakeTimeout: HANDSHAKE_MS };
  const server = createTlsServer({ ...options, ...tls }, onRequest);
  server.on('tlsClientError', handshakeFailed);
  certificates.serve(server);
  return server;
}
