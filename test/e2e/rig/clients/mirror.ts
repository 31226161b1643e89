/**
 * What a browser application does to be observed: a WebSocket class that sends a copy of every frame, both ways, to
 * callfate's mirror listener, on a connection of its own.
 */
import { WebSocket } from 'ws';

const MIRROR = 'ws://127.0.0.1:8060/';

export class Mirror {
  /** Frames copied, and those of them that belong to a REGISTER. */
  frames = 0;
  registers = 0;
  readonly #closings: (() => Promise<void>)[] = [];

  /** A WebSocket class whose every connection is mirrored; both come from that local address. */
  webSocketClass(localAddress: string): new (url: string, protocols?: string) => WebSocket {
    const open = () => this.#open(localAddress);
    return class MirroredWebSocket extends WebSocket {
      readonly #copy = open();

      constructor(url: string, protocols?: string) {
        super(url, protocols, { localAddress });
        this.on('message', (data) => this.#copy(String(data)));
      }

      override send(data: string): void {
        this.#copy(data);
        super.send(data);
      }
    };
  }

  /** Resolves when callfate has received every copy: it answers the close frame behind them. */
  async close(): Promise<void> {
    await Promise.all(this.#closings.map((close) => close()));
  }

  #open(localAddress: string): (frame: string) => void {
    const socket = new WebSocket(MIRROR, 'sip', { localAddress });
    const opened = new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    let sent: Promise<unknown> = opened;
    this.#closings.push(async () => {
      await sent;
      socket.close();
      await closed;
    });
    return (frame) => {
      this.frames += 1;
      if (/^CSeq:\s*\d+\s+REGISTER/im.test(frame)) this.registers += 1;
      sent = sent.then(() => socket.send(frame));
    };
  }
}
