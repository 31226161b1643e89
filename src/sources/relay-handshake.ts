import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pairs } from './relay-upstream.ts';
import type { RelayResult } from './source.ts';
import { answerUpgrade } from './upgrade.ts';

/** Longest body of an answer of the PBX that is no upgrade; what is longer is cut. */
const MAX_ANSWER_BYTES = 65_536;
/** Bytes of a client that are taken before the PBX has answered, one read more at most. */
const MAX_EARLY_BYTES = 16_384;
/** For the body of an answer to arrive, ms. */
const ANSWER_TIMEOUT_MS = 10_000;

/** What the client of a refused upgrade is told. */
const REFUSALS = {
  handshake: {
    status: '400 Bad Request',
    why: 'no WebSocket handshake (RFC 6455 section 4.2.1)',
  },
  origin: { status: '403 Forbidden', why: 'this origin may not connect' },
  certificate: { status: '403 Forbidden', why: 'present a client certificate' },
  limit: { status: '503 Service Unavailable', why: 'too many connections' },
  unreachable: { status: '502 Bad Gateway', why: 'the PBX cannot be reached' },
  timeout: { status: '504 Gateway Timeout', why: 'the PBX did not answer' },
} as const satisfies Partial<Record<RelayResult, { status: string; why: string }>>;

export type RelayRefusal = keyof typeof REFUSALS;

/** Tells a client why it is not let through, and closes its connection. */
export function refuseRelay(client: Duplex, refusal: RelayRefusal): void {
  const { status, why } = REFUSALS[refusal];
  answerUpgrade(client, status, why);
}

/**
 * What a client sends before the PBX has answered. It is read, because only who reads learns that the client is gone.
 */
export class EarlyBytes {
  readonly #client: Duplex;
  readonly #chunks: Buffer[];
  #length = 0;

  constructor(client: Duplex, head: Buffer) {
    this.#client = client;
    this.#chunks = [head];
    client.on('error', this.#leave);
    client.on('end', this.#leave);
    client.on('data', this.#keep);
  }

  /** From here on the bytes are somebody else's. */
  take(): Buffer {
    this.#client.pause();
    this.#client.off('data', this.#keep);
    this.#client.off('end', this.#leave);
    return Buffer.concat(this.#chunks);
  }

  readonly #leave = (): void => {
    this.#client.destroy();
  };

  readonly #keep = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length >= MAX_EARLY_BYTES) this.#client.pause();
  };
}

/** A body would be bytes in front of the first frame, of which the PBX might think otherwise. */
export function isHandshake({ method, url, httpVersion, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    url?.startsWith('/') === true &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-key'] !== undefined &&
    headers['transfer-encoding'] === undefined &&
    (headers['content-length'] ?? '0') === '0'
  );
}

/** The head of an HTTP answer. */
export function headOf(status: string, rawHeaders: readonly string[]): string {
  const lines = pairs(rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
}

const OF_ONE_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Hands on an answer of the PBX that is no upgrade, such as 401 or 403, and closes. */
export async function passAnswer(client: Duplex, response: IncomingMessage): Promise<void> {
  const body: Buffer[] = [];
  let length = 0;
  const cut = setTimeout(() => response.destroy(), ANSWER_TIMEOUT_MS);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      body.push(chunk.subarray(0, MAX_ANSWER_BYTES - length));
      length += chunk.length;
      if (length >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // What came until it broke off is what there is to hand on.
  }
  clearTimeout(cut);
  const whole = Buffer.concat(body);
  const headers = pairs(response.rawHeaders)
    .filter(([name]) => !OF_ONE_HOP.has(name.toLowerCase()))
    .concat([
      ['Content-Length', String(whole.length)],
      ['Connection', 'close'],
    ]);
  const status = `${response.statusCode ?? 502} ${response.statusMessage ?? ''}`;
  client.once('finish', () => client.destroy());
  client.write(headOf(status, headers.flat()), 'latin1');
  client.end(whole);
}
