import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Certificates } from '../lib/certificates.ts';
import type { Result } from '../lib/result.ts';
import type { ContextDoorOptions } from './http-context.ts';
import type { MetricsPageOptions } from './metrics-page.ts';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stream?: ReplyStream;
}

/** Takes the response over in place of the body. */
export interface ReplyStream {
  /** Asked right before the head is written; null: it may begin. */
  refusal(response: ServerResponse): Reply | null;
  /** The head is written. */
  open(response: ServerResponse): void;
}

export interface Route {
  /** True: never asks for the token. */
  readonly open: boolean;
  reply(request: IncomingMessage): Reply | Promise<Reply>;
}

/** A further set of paths; undefined: none of its own. */
export type Routes = (path: string, request: IncomingMessage) => Route | undefined;

export interface HttpLimits {
  /** Request line and headers, bytes; more is answered 431. */
  readonly maxHeaderBytes: number;
  /** For a whole request to arrive, ms; later is answered 408. */
  readonly requestTimeoutMs: number;
  /** A connection on which nothing moves is closed, ms. Longer than a usual scrape interval. */
  readonly idleTimeoutMs: number;
  /** Connections at a time; more are closed at once. */
  readonly maxConnections: number;
  /** For the engine to answer a scrape, ms; later is answered 503. Below Prometheus's own 10 s. */
  readonly scrapeTimeoutMs: number;
  /** For requests in progress when the server closes, ms. */
  readonly closeGraceMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  maxHeaderBytes: 8192,
  requestTimeoutMs: 10_000,
  idleTimeoutMs: 75_000,
  maxConnections: 64,
  scrapeTimeoutMs: 5_000,
  closeGraceMs: 2_000,
};

export interface HttpOptions extends Omit<MetricsPageOptions, 'scrapeTimeoutMs'> {
  /** Address to bind. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Each part by name and whether it is ready. */
  readonly readiness: () => Readonly<Record<string, boolean>>;
  /**
   * The token that all but /healthz and /readyz ask for, read for each request so that a reload can change it.
   * Undefined: none is asked for; empty: nobody passes.
   */
  readonly bearerToken?: () => string | undefined;
  /** What a code means, as JSON can say it; the error is one line. */
  readonly explain: (query: string) => Result<unknown, string>;
  /** Null or absent: plain HTTP. With it a client certificate may be asked for, of all but the same two. */
  readonly certificates?: Certificates | null;
  /** A request or a TLS handshake was refused. */
  readonly onRejected?: (reason: 'auth' | 'certificate' | 'host' | 'handshake') => void;
  /** The door for facts about calls, which has a token of its own; absent: it is shut. */
  readonly context?: Omit<ContextDoorOptions, 'answerTimeoutMs'> | null;
  /** Calls that ended, and what else can be asked for under /v1; absent: nothing. */
  readonly api?: Routes | null;
  /** The live page: files without any data, so that they ask for no token, but for a client certificate. */
  readonly page?: Routes | null;
  readonly limits?: Partial<HttpLimits>;
}
