import { WebSocket } from 'ws';
import { PBX_ADDRESS } from './pbx.ts';

export interface MirrorTarget {
  /** The mirror listener: `ws://127.0.0.1:8060/`. */
  readonly url: string;
  readonly token: string | null;
}

/** What sip.js makes of the global `WebSocket`. */
export type WebSocketClass = new (url: string, protocols?: string) => WebSocket;

/**
 * Copies of every frame to callfate's mirror listener, as a browser application sends them (docs/sources.md): one
 * connection for each direction, because a page knows the PBX's address and not its own.
 */
export class Mirror {
  readonly #toPbx: WebSocket;
  readonly #fromPbx: WebSocket;

  private constructor(toPbx: WebSocket, fromPbx: WebSocket) {
    this.#toPbx = toPbx;
    this.#fromPbx = fromPbx;
  }

  /** Rejects when callfate does not take the connections. */
  static async open(target: MirrorTarget): Promise<Mirror> {
    const toPbx = await connect(target, 'dst');
    return new Mirror(toPbx, await connect(target, 'src'));
  }

  /** A WebSocket class whose every connection is mirrored. */
  webSocketClass(): WebSocketClass {
    const toPbx = this.#toPbx;
    const fromPbx = this.#fromPbx;
    return class MirroredWebSocket extends WebSocket {
      constructor(url: string, protocols?: string) {
        super(url, protocols);
        this.on('message', (data) => fromPbx.send(String(data)));
      }

      override send(data: string): void {
        toPbx.send(data);
        super.send(data);
      }
    };
  }

  /** Resolves when callfate has received every copy: it answers the close frame behind them. */
  async close(): Promise<void> {
    await Promise.all([this.#toPbx, this.#fromPbx].map(close));
  }
}

function connect({ url, token }: MirrorTarget, side: 'src' | 'dst'): Promise<WebSocket> {
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${url}?${side}=${PBX_ADDRESS}`, 'sip', { headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.on('error', (error) =>
      reject(
        new Error(`no mirror at ${url} (${error.message}); name its configuration with --config`),
      ),
    );
  });
}

function close(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.close();
  });
}
